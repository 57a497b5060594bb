/**
 * What must not leave the machine does not, in three languages and many spellings; what an engineer needs to read does.
 * People, numbers and keys here are invented; the keys have their makers' form and open nothing.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { makeRedactor, type Redactor } from '../../models/teacher/redact/redact.ts';
import { tradeWords } from '../../models/teacher/redact/trade.ts';

let knowledge: Knowledge;
let redactor: Redactor;
beforeAll(async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  redactor = makeRedactor({ trade: tradeWords(knowledge) });
});

/** Built from parts, so that no scanner of repositories takes them for real. */
const FAKE = {
  aws: ['AKIA', 'IOSFODNN7', 'EXAMPLE'].join(''),
  awsSecret: ['wJalrXUtnFEMI', '/K7MDENG/', 'bPxRfiCYEXAMPLEKEY'].join(''),
  slack: ['xoxb', '123456789012', '1234567890123', 'AbCdEfGhIjKlMnOpQrStUvWx'].join('-'),
  github: ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_'),
  pat: ['github', 'pat', '11ABCDEFG0abcdefghijkl', 'mnopqrstuvwxyz0123456789ABCDEF'].join('_'),
  jwt: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'].join('.'),
  openai: ['sk', 'proj', 'a8Kd93JdkqLm20ZxPq71RtYv'].join('-'),
  google: ['AIza', 'SyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v'].join(''),
  gitlab: ['glpat', 'x9Yz8Wv7Ut6Sr5Qp4On3'].join('-'),
  stripe: ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_'),
  random: 'q7Rt2LmZ9xKc4VbN8wHs3PdF6yGj',
  hex: '9f86d081884c7d659a2feaa0c55ad015',
  pem: '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq7Rt2LmZ9xKc\n-----END RSA PRIVATE KEY-----',
};

/** In each: the text, and what must be gone from it. */
const GONE: [text: string, ...gone: string[]][] = [
  // --- people, English
  ['Ask Anna Kowalski, she heard the bearing of P-101.', 'Anna', 'Kowalski'],
  ['Mr. Henderson wants to know why the fan trips', 'Henderson'],
  ['John replaced the seal last week, was that wrong?', 'John'],
  ['according to Priya from maintenance the oil is black', 'Priya'],
  ['told Mark to watch the vibration', 'Mark'],
  ['Will said the motor hums at start', 'Will'],
  ['Bill Thompson changed the coupling on P-101', 'Bill', 'Thompson'],
  ['spoke to Okonkwo about the gearbox noise', 'Okonkwo'],
  ['P. Schneider signed the work order', 'Schneider'],
  ['reported by J. R. Castellano on night shift', 'Castellano'],
  ["O'Brien says the pump cavitates", "O'Brien"],
  ['Pump is loud again.\nRegards, Nkechi Adeyemi', 'Nkechi', 'Adeyemi'],
  ['Hi Tomasz, the compressor surges. What now?', 'Tomasz'],
  ['ask anna about the seal, or call peter', 'anna', 'peter'],
  ['thanks sarah! and what about the bearing', 'sarah'],
  ['operator Jens saw smoke at the motor', 'Jens'],
  ['Dr. van der Berg measured 7.1 mm/s', 'van der Berg'],
  ['Jean-Pierre Lefèvre noticed a hot bushing', 'Jean-Pierre', 'Lefèvre'],
  ['ANNA SCHMIDT REPORTED HIGH VIBRATION ON P-101', 'ANNA', 'SCHMIDT'],
  ["Anna's reading was 95 °C at the drive end", 'Anna'],
  // --- people, German
  ['Herr Müller hat gestern das Lager gewechselt', 'Müller'],
  ['Frau Dr. Schäfer-Lindner fragt nach der Schwingung', 'Schäfer-Lindner'],
  ['Laut Jürgen Weiß läuft die Pumpe trocken', 'Jürgen', 'Weiß'],
  ['Gemeldet von K. Öztürk, Schicht B', 'Öztürk'],
  ['Hallo Kalle, die P-101 pfeift.', 'Kalle'],
  ['Motor zu heiß. Viele Grüße, Uwe Bärwald', 'Uwe', 'Bärwald'],
  ['frag mal torsten, der kennt das getriebe', 'torsten'],
  ['Rücksprache mit Hoffmann: Öl wechseln', 'Hoffmann'],
  ['Schichtleiter Petersen: Turbine schwingt', 'Petersen'],
  // --- people, French
  ['M. Dupont signale un bruit sur la pompe', 'Dupont'],
  ['Madame Lefebvre a vu une fuite', 'Lefebvre'],
  ['Selon Benoît, le palier chauffe', 'Benoît'],
  ['Bonjour Amélie, que faire du moteur ?', 'Amélie'],
  ['vu par Thierry Rousseau ce matin', 'Thierry', 'Rousseau'],
  // --- mail, handles
  ['mail anna.kowalski@plant-example.com the trend', 'anna.kowalski', 'plant-example.com'],
  ['peter.mueller (at) werk.example.de weiß mehr', 'peter.mueller', 'werk.example'],
  ['jürgen.weiß@müller-gmbh.de', 'jürgen', 'müller-gmbh'],
  ['<@U024BE7LH> can you look? <@!80351110224678912>', 'U024BE7LH', '80351110224678912'],
  ['@anna.kowalski please check', 'anna.kowalski'],
  // --- telephone
  ['call +49 711 685-62301 if it trips', '711 685-62301'],
  ['Tel. 0711/123456', '0711/123456'],
  ['Rufbereitschaft (0711) 12 34-56', '12 34-56'],
  ['mobil 0171 2345678', '0171 2345678'],
  ['reach me at 555-123-4567', '555-123-4567'],
  ['(212) 555-0147 is the vendor', '555-0147'],
  ['01 42 68 53 00 pour le service', '01 42 68 53 00'],
  ['+33 (0)1 42 68 53 00', '42 68 53 00'],
  ['0044 20 7946 0958', '7946 0958'],
  ['+1 (415) 555-2671', '555-2671'],
  ['Durchwahl -23, ext. 4711', '-23', '4711'],
  ['+41 44 668 18 00', '668 18 00'],
  // --- keys and tokens
  [`the key is ${FAKE.aws}`, FAKE.aws],
  [`aws_secret_access_key = ${FAKE.awsSecret}`, FAKE.awsSecret],
  [`token ${FAKE.slack}`, FAKE.slack],
  [`git clone https://${FAKE.github}@github.com/x/y`, FAKE.github],
  [`use ${FAKE.pat} for it`, FAKE.pat],
  [`Authorization: Bearer ${FAKE.jwt}`, FAKE.jwt],
  [`curl -H "Authorization: Basic dXNlcjpwYXNzd29yZDEyMw=="`, 'dXNlcjpwYXNzd29yZDEyMw'],
  [`${FAKE.openai} and ${FAKE.google} and ${FAKE.gitlab}`, FAKE.openai, FAKE.google, FAKE.gitlab],
  [FAKE.stripe, FAKE.stripe],
  [`historian: ${FAKE.random}`, FAKE.random],
  [`hash ${FAKE.hex}`, FAKE.hex],
  [`here it is\n${FAKE.pem}\nok?`, 'MIIEpAIBAAKCAQEA', 'q7Rt2LmZ9xKc'],
  ['postgres://rounds:s3cr3t!pw@10.1.2.3/plant', 's3cr3t!pw', '10.1.2.3'],
  ['HMI password: Sommer2024!', 'Sommer2024'],
  ['the password for the HMI is Winter#22', 'Winter#22'],
  ['Passwort lautet geheim123', 'geheim123'],
  ['mot de passe : azerty99', 'azerty99'],
  ['api_key="abcd1234efgh"', 'abcd1234efgh'],
  ['PIN 4711 opens the cabinet', '4711'],
  // --- network
  ['PLC at 192.168.12.40:502 does not answer', '192.168.12.40'],
  ['10.20.0.0/16 is the plant net', '10.20.0.0'],
  ['fe80::1ff:fe23:4567:890a', 'fe80::1ff'],
  ['2001:db8:85a3:0:0:8a2e:370:7334', '85a3'],
  ['MAC 00:1B:44:11:3A:B7', '44:11:3A'],
  ['see https://historian.plant.example/trend?id=7', 'historian.plant'],
  ['\\\\fileserver01\\maintenance\\P-101.xlsx', 'fileserver01'],
  ['opc.tcp://scada-01.local:4840', 'scada-01'],
  ['C:\\Users\\akowalski\\trend.csv', 'akowalski'],
  ['/home/jweiss/trend.csv', 'jweiss'],
  // --- post
  ['send it to Hauptstraße 12a, 70173 Stuttgart', 'Hauptstraße 12a', '70173', 'Stuttgart'],
  ['Industriestr. 5, D-68165 Mannheim', 'Industriestr. 5', '68165', 'Mannheim'],
  ['Am Alten Werk 3', 'Alten Werk 3'],
  ['12 rue de la Paix, 75002 Paris', 'rue de la Paix', '75002', 'Paris'],
  ['lives at 221B Baker Street', 'Baker Street'],
  ['350 Fifth Avenue, New York, NY 10118', 'Fifth Avenue', '10118'],
  ['Postfach 10 22 33', '10 22 33'],
  // --- bank, personnel
  ['IBAN DE89 3704 0044 0532 0130 00', '3704 0044'],
  ['FR1420041010050500013M02606', 'FR1420041010050500013M02606'],
  ['card 4111 1111 1111 1111', '4111 1111'],
  ['employee no. 48213 did it', '48213'],
  ['Personalnummer 00481516', '00481516'],
  ['SSN 078-05-1120', '078-05-1120'],
  // --- written after the code, and run once before it was mended: 37 of these 44 things were found
  ['Luis and Fatima both heard grinding at GT-2', 'Luis', 'Fatima'],
  ['Can Raj check the seal oil tomorrow?', 'Raj'],
  ['Shift lead Bergström wants an answer', 'Bergström'],
  ['Message from Sgt. Maria Lopez: valve stuck', 'Maria', 'Lopez'],
  ['Ms Nguyen measured 88 dB', 'Nguyen'],
  ['as Ivanov told us yesterday, the pump was dry', 'Ivanov'],
  ["we had Pierre-Yves' readings from Monday", 'Pierre-Yves'],
  ['give it to stefan or monika', 'stefan', 'monika'],
  ['Kollege Wójcik meint, das Lager sei trocken', 'Wójcik'],
  ['Der Techniker Hr. Aydın hat die Kupplung getauscht', 'Aydın'],
  ['MfG\nBeate Krämer', 'Beate', 'Krämer'],
  ['Ansprechpartner: Ralf Hülsmann, Tel. 0621 4456-120', 'Ralf', 'Hülsmann', '4456-120'],
  ['Mme Boutin et M. El Khoury ont vu la fuite', 'Boutin', 'Khoury'],
  ['Le technicien Yannick a changé le joint', 'Yannick'],
  ['contact: j.smith42@gmail.com / +1 202 555 0143', 'j.smith42', '555 0143'],
  ['Handy 0151-23456789', '23456789'],
  ['my extension is 5521', '5521'],
  ['ring me on 07700 900123', '900123'],
  ['+43 1 58858-0', '58858'],
  ['06 12 34 56 78', '34 56 78'],
  ['user: operator1 pass: Turbine99', 'Turbine99'],
  ['login admin / pw=hunter2!', 'hunter2'],
  ['export OPENAI_API_KEY=sk-abcdefghijklmnop1234', 'abcdefghijklmnop1234'],
  ['x-api-key: 7f3c9a1be2d44f0c', '7f3c9a1be2d44f0c'],
  ['ssh root@10.0.4.17 -p 2222', '10.0.4.17'],
  ['the HMI is hmi03.scada.local', 'hmi03'],
  ['Lindenallee 7, 45127 Essen', 'Lindenallee 7', '45127'],
  ['45 Rue Victor Hugo, Lyon', 'Victor Hugo'],
  ['1600 Pennsylvania Avenue NW', 'Pennsylvania'],
  ['AT61 1904 3002 3457 3201', '3002 3457'],
  ['badge 77120', '77120'],
  ['Signed off by K. Tanaka', 'Tanaka'],
  ['Thanks, Bob', 'Bob'],
  ['Grace from operations noticed it', 'Grace'],
  ['call Frank at the control room', 'Frank'],
];

/** An engineer needs these as they stand. */
const STAYS: string[] = [
  'P-101 shakes at running speed, 7.1 mm/s at 1485 rpm, bearing at 95 °C. What could it be?',
  'M-201A draws 243 A at 6.6 kV, 2.5 MW, cos phi 0.87',
  'The 4-20 mA signal of PT-1042B jumps between 3.8 and 20.5 mA',
  'bearing 6316-2RS/C3 and coupling N-EUPEX B 225, seal 55-MG1-G60',
  'Siemens 6ES7315-2EH14-0AB0, firmware V4.1.2.10',
  'API 610 clause 6.9.3.1, ISO 10816-3, DIN EN 13480, IEC 60034-30-1, ISO 20816-1:2016',
  'on 2026-11-21 at 14:32:05 and again on 03.11.2026, 3/11/2026',
  'M12x1.75-8.8, 85 Nm, 0.05 mm shim, DN 150 PN 16, 3/4" NPT',
  'the Francis turbine hunts; the Kaplan turbine does not; Pelton nozzle 3',
  'Buchholz relay of T-1 shows gas; Hall sensor, Pitot tube, Bourdon gauge, Venturi meter',
  'a John Crane seal, an Allen-Bradley drive, an Atlas Copco compressor, Schneider breaker',
  'the piston rod, the jack, the guy wire, the robin, a shear pin, the check mark',
  'Does it matter? May the seal run dry? Will it fail? Mark the position. Bill of material.',
  'shear pin 4140 steel, dowel pin: 12 mm',
  'the password is wrong',
  'the token ring is down',
  'key way worn, key: tapered',
  'it tripped 3 times in 24 hours, 12000 hours since overhaul',
  'flow 1 450 m3/h, 10 000 l, 0.25 bar, 1013 mbar, 230/400 V, 50 Hz',
  'Nach 25000 Stunden Laufzeit ist das Lager verschlissen',
  'Pumpe vibriert stark, Lager heiß, Öl schwarz',
  'Le palier chauffe à 95 °C, la pompe vibre',
  'P-101A P-101B GT-1 ST-2 T-11 K-501A E-503 M-302',
  'call 2 operators, ring main unit, dial gauge 0.02 mm, cell 2 of the cooling tower',
  'harmonics at 2x and 3x, sidebands of 1x, 120 Hz peak, BPFO 87.3 Hz',
  'call for help at 95 bar',
  'mobile crane 20 t',
  'NPSH 3.2 m against 2.9 m required',
  'Oil Analysis: Fe 120 ppm, Cu 35 ppm, ISO 22/20/17, TAN 2.1 mg KOH/g',
  'Condensate pump, Boiler Feed Pump, Steam Turbine, Main Oil Pump, Lube Oil Cooler',
  'Who checks it? When? Nobody knows. Everyone heard it.',
  'Vibration rises with load. Temperature follows. Then the Trip.',
  'ring gap 12, platz 3 of rack 2, weg 15 mm, Ring 12 mm',
  'Motor 1, Unit 2, Line 3, Hall 4, Shift B, Panel 7',
  '00 12 34',
  '12-34-56',
  '1-2-3-4',
  '0.5-1.2 mm/s',
  '10-15 bar',
  '2001 3002 4003',
  'sha-1 of nothing, step 10.2.3.4 of section 5.3.2.1',
  // --- likewise: all twenty stayed
  'The Woodward governor hunts and the Bently probe reads 60 µm',
  'Replace SKF 22220 EK with FAG 22220-E1-K',
  'Loctite 243, Molykote BR2 Plus, Mobil DTE 25',
  'Grease Mobil Polyrex EM, 30 g every 2000 h',
  'Rolls-Royce engine, MTU 20V4000, Caterpillar 3516',
  'Der Kühlwasserdruck fällt von 3,2 auf 1,8 bar',
  'Nord pump and Süd pump both trip at 85 %',
  'North header, West bank, Building 7, Area 51',
  'Stage 3, Row 12, Blade 45, Bearing 2 DE',
  'Which is worse: Cavitation or Recirculation?',
  'La turbine Francis vibre à 4 Hz, débit 12 m3/s',
  'PLC alarm 0x8A23, code F07801, E-234',
  'Part no. 1234-567-890, drawing 4711-0815-A',
  '3x400 V, IP55, class F, S1, cos 0.86, IE3',
  'Torque 120 Nm +/- 10, preload 45 kN, gap 0.30-0.35',
  'Check valve CV-204, relief valve PSV-1101, pump P-2301A',
  'Trend from 08:00 to 16:30, sampling 25.6 kHz, 6400 lines',
  'Since Monday morning the Drum level swings',
  'Max temperature 120, Min flow 30, Normal 75',
  'Rusty water, Oily sheen, Sandy deposits',
];

describe('redaction', () => {
  it.each(GONE)('%s', (text, ...gone) => {
    const redaction = redactor();
    const out = redaction.redact(text);
    for (const one of gone) expect(out).not.toContain(one);
    expect(redaction.restore(out)).toBe(text);
  });

  it.each(STAYS)('leaves alone: %s', (text) => {
    expect(redactor().redact(text)).toBe(text);
  });

  it('leaves every sentence of the sheets and every machine of the register alone', () => {
    const texts = [
      ...knowledge.facts.map((fact) => fact.text),
      ...knowledge.sheets.flatMap((sheet) => [
        sheet.summary,
        ...sheet.faults.flatMap((fault) => [
          ...fault.signs,
          ...[...fault.shows, ...fault.not].map((cell) => cell.why),
          // As a person writes it, with a capital.
          `${fault.name.replace(/^./, (letter) => letter.toUpperCase())} of the ${sheet.asset}?`,
        ]),
      ]),
      ...knowledge.register.assets.map((asset) => `${asset.tag}: ${asset.description}, ${asset.area}`),
    ];
    expect(texts.length).toBeGreaterThan(5000);
    const changed = texts.filter((text) => redactor().redact(text) !== text);
    expect(changed).toEqual([]);
  });

  it('gives one thing one placeholder throughout a conversation, and nothing away between two', () => {
    const redaction = redactor();
    const first = redaction.redact('Anna Kowalski called; ask Anna Kowalski or Peter Hoffmann.');
    expect(first.match(/\[PERSON_1\]/g)).toHaveLength(2);
    expect(first).toContain('[PERSON_2]');
    expect(redaction.redact('What did Peter Hoffmann say?')).toBe('What did [PERSON_2] say?');
    expect(redaction.restore('Tell [PERSON_1] and [PERSON_9].')).toBe('Tell Anna Kowalski and [PERSON_9].');
    expect(redaction.taken()).toEqual({ PERSON: 2 });
    expect(redactor().restore('[PERSON_1]')).toBe('[PERSON_1]');
  });

  it('is not fooled by placeholders that stand in the text', () => {
    const redaction = redactor();
    const text = 'Write [PERSON_1] and [SECRET_1]; ask Anna Kowalski.';
    const out = redaction.redact(text);
    expect(out).not.toContain('Anna');
    expect(redaction.restore(out)).toBe(text);
    expect(redaction.restore(redaction.redact(out))).toBe(out);
  });

  it('takes strings out of whatever holds them, and puts them back', () => {
    const redaction = redactor();
    const value = { question: 'ask Anna Kowalski', options: ['call +49 711 685-62301', 'wait'], n: 3, none: null };
    const out = redaction.redactAll(value);
    expect(JSON.stringify(out)).not.toMatch(/Anna|711/);
    expect(out.n).toBe(3);
    expect(redaction.restoreAll(out)).toEqual(value);
  });

  it('keeps back tags and words only where that is configured', () => {
    const text = 'p101 and P-101A of Acme Chemicals shake; P-1012 does not';
    expect(redactor().redact(text)).toBe(text);
    const closed = makeRedactor({ tags: ['P-101', 'P-101A'], words: ['ACME Chemicals'] })();
    const out = closed.redact(text);
    expect(out).toBe('[TAG_1] and [TAG_2] of [WORD_1] shake; P-1012 does not');
    expect(closed.restore(out)).toBe(text);
  });

  it('knows the people of the plant in any case, also by half of their name', () => {
    const known = makeRedactor({ people: ['Xaver Zwölfkirchner', 'Ngozi Eze'] });
    expect(known().redact('zwoelfkirchner heard it, xaver too, NGOZI not')).not.toMatch(/zw|xaver|ngozi/i);
  });

  it('takes twenty thousand hostile characters in its stride', () => {
    for (const text of [
      'a'.repeat(20_000),
      '0'.repeat(20_000),
      '1 '.repeat(10_000),
      'A. '.repeat(7000),
      '(0'.repeat(10_000),
      '@.'.repeat(10_000),
      ':a'.repeat(10_000),
      'Anna '.repeat(4000),
      '+49 '.repeat(5000),
      'password '.repeat(2200),
      'Straße '.repeat(2800),
      'Aa1'.repeat(6600),
      '\\\\x'.repeat(5000),
    ]) {
      const started = performance.now();
      redactor().redact(text);
      expect(performance.now() - started, text.slice(0, 10)).toBeLessThan(2000);
    }
  });
});
