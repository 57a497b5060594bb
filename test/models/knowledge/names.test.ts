/** Names in questions as people write them: tags, synonyms, plurals, other word order, misspellings, and what is no name. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeEpisode } from '../../../models/distill/episodes.ts';
import { random } from '../../../models/distill/random.ts';
import { ELSEWHERE, expand } from '../../../models/distill/wordings.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../../../models/knowledge/names.ts';
import { makeMender } from '../../../models/knowledge/typos.ts';

let knowledge: Knowledge;
let matcher: Matcher;
beforeAll(async () => {
  knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  matcher = makeMatcher(knowledge);
});

const faults = (text: string): string[] =>
  matcher
    .find(text)
    .faults.filter((one) => one.resolved)
    .map((one) => one.name);

describe('tags', () => {
  it.each(['P-101', 'p-101', 'P101', 'p101', 'P 101', 'p 101', 'P_101'])(
    '%s is the pump of the register',
    (written) => {
      const { tags, asset, unknownTags } = matcher.find(`why does ${written} vibrate?`);
      expect(tags.map((tag) => [tag.asset.tag, tag.text])).toEqual([['P-101', written]]);
      expect([asset, unknownTags]).toEqual(['pump', []]);
    },
  );

  it('takes the longest tag: P-101A is not P-101', () => {
    expect(matcher.find('P-101A and P-101 B are hot').tags.map((tag) => tag.asset.tag)).toEqual(['P-101A', 'P-101B']);
  });

  it.each([
    ['P-999 is loud', ['P-999']],
    ['what about K999A?', ['K999A']],
    ['p-999 is loud', ['p-999']],
    ['P 999 is loud', ['P 999']],
    ['G-7 trips', ['G-7']],
  ])('%s names a machine that the register does not have', (text, expected) => {
    expect(matcher.find(text).unknownTags.map((span) => span.text)).toEqual(expected);
  });

  it.each([
    'ISO 10816 and ISO-20816-3 limits',
    'API 610 seal plan',
    'pressure is 6 bar, 120 rpm and 50 Hz',
    'vibration at 1x and 2x, 7.1 mm/s',
    'an IP55 motor with IE3 efficiency',
    'M12 bolts on a DN50 line of PN16',
    'VG46 oil, R134a, CO2 and H2',
    'a 12 bar line since 2024',
    'bearing 6205 or NU206',
    "it isn't 1 of them, t 1 does",
  ])('%s names no machine', (text) => {
    const { tags, unknownTags } = matcher.find(text);
    expect([tags, unknownTags]).toEqual([[], []]);
  });
});

describe('the machine that is meant', () => {
  it.each([
    ['UPS fan alarm, cabinet very warm', 'uninterruptible power supply'],
    ['breaker spring not charging, motor keeps running', 'switchgear'],
    ['pump vibration 7.1 mm/s at 1x', 'pump'],
    ['valve hissing at gland, steam', 'control valve'],
    ['the motr hums', 'electric motor'],
    ['pmup leaks at the gland', 'pump'],
    ['the host is tired', undefined],
    ['pump motor hot', 'electric motor'],
    ['hyd pump rattles, foam in tank', 'hydraulic system'],
  ])('%s', (text, asset) => {
    expect(matcher.find(text).asset).toBe(asset);
  });
});

describe('names', () => {
  it.each([
    ['Bearing wear on a pump', 'bearing wear', 'exact'],
    ['the pump has a worn bearing', 'bearing wear', 'synonym'],
    ['worn bearings of the pump', 'bearing wear', 'inflected'],
    ['the bearing of the pump is worn', 'bearing wear', 'inflected'],
    ['bearing of P-101 is worn', 'bearing wear', 'inflected'],
    ['pump: unbalanced', 'unbalance', 'inflected'],
    ['pump unbalence', 'unbalance', 'typo'],
    ['the pump is cavitating', 'cavitation', 'inflected'],
    ['pump cavitaton', 'cavitation', 'typo'],
    ['pump missalignment', 'misalignment', 'typo'],
    ['pump bering damge', 'bearing damage', 'typo'],
    ['MISALIGNMENT OF PUMP', 'misalignment', 'exact'],
  ])('%s', (text, name, how) => {
    const found = matcher.find(text);
    expect(found.asset).toBe('pump');
    expect(found.faults.map((one) => [one.name, one.how, one.resolved])).toEqual([[name, how, true]]);
    const [match] = found.faults;
    expect(text.slice(match!.start, match!.end)).toBe(match!.text);
  });

  it('finds parameters with the way they moved', () => {
    const moved = (text: string): string[] =>
      matcher.find(text).parameters.map((one) => `${one.name} ${one.change ?? '?'}`);
    expect(moved('pump: temperature is up and flow has dropped, power?')).toEqual([
      'temperature rises',
      'flow falls',
      'power ?',
    ]);
    expect(moved('high vibration on P-101')).toEqual(['vibration rises']);
    expect(moved('discharge pressure of the pump fluctuates')).toEqual(['pressure or vacuum fluctuates']);
    expect(moved('coast-down time and coastdown of the pump')).toEqual(['coast down time ?', 'coast down time ?']);
  });

  it('resolves within the machine: one wording, several meanings', () => {
    expect(matcher.find('seal failure of a pump').faults[0]?.name).toBe('damaged seals');
    expect(matcher.find('seal failure of an aero gas turbine').faults[0]?.name).toBe('blown seal');
    const open = matcher.find('seal failure');
    expect([open.asset, open.faults[0]?.resolved]).toEqual([undefined, false]);
    expect(open.assetCandidates).toEqual(expect.arrayContaining(['pump', 'aero gas turbine']));
    const hinted = matcher.find('and seal failure?', { asset: 'pump', faults: [], parameters: [] });
    expect([hinted.asset, hinted.faults[0]?.name]).toEqual(['pump', 'damaged seals']);
  });

  it('knows which machine is meant', () => {
    const asset = (text: string, hint?: string): string | undefined =>
      matcher.find(text, hint ? { asset: hint, faults: [], parameters: [] } : undefined).asset;
    expect(asset('the pump motor hums')).toBe('electric motor');
    expect(asset('motor current of P-101')).toBe('pump');
    expect(asset('what does a high motor current indicate?')).toBe('electric motor');
    expect(asset('the transformer hums')).toBe('power transformer');
    expect(asset('turbine trips')).toBeUndefined();
    expect(matcher.find('turbine trips').assetCandidates).toEqual(
      expect.arrayContaining(['aero gas turbine', 'industrial gas turbine', 'steam turbine', 'wind turbine']),
    );
    // There are vacuum pumps, and bearings have a sheet of their own: a pump is a pump, and a bearing a part of it.
    expect(asset('the pump hums')).toBe('pump');
    expect(asset('the bearing of the pump is hot')).toBe('pump');
    expect(asset('vibration at the drive end of the pump is high')).toBe('pump');
    // Any machine is a unit.
    expect(asset('The unit in question is a fan')).toBe('fan');
    expect(asset('the unit trips')).toBeUndefined();
    expect(asset('the air handling unit trips')).toBe('air handling unit');
    expect(asset('bearing is hot')).toBeUndefined();
    expect(asset('the compressor of the gas turbine is dirty')).toBe('industrial gas turbine');
    expect(asset('and the fan?', 'pump')).toBe('fan');
    expect(asset('belt mistracking')).toBe('conveyor');
  });

  it('notices a machine that no sheet knows', () => {
    const strangers = (text: string): string[] => matcher.find(text).strangers.map((span) => span.text);
    expect(strangers('oil whirl of a bicycle')).toEqual(['bicycle']);
    expect(strangers('z-12 (zorlun) has bearing wear')).toEqual(['zorlun']);
    expect(matcher.find('oil whirl of a bicycle').asset).toBeUndefined();
    expect(strangers('oil whirl of a turbine, bearing wear on a big pump, in a hurry')).toEqual([]);
  });

  it('mends misspelled names and leaves words alone that are words', () => {
    for (const text of [
      'the value of the pump',
      'a stream of water',
      'casting a vote',
      'at stake',
      'propeller',
      'parameters of detection',
    ]) {
      const found = matcher.find(text);
      expect([...found.faults, ...found.parameters, ...found.components].map((one) => `${text}: ${one.name}`)).toEqual(
        [],
      );
    }
  });

  it('never mends one name into another', () => {
    const words = new Set(
      knowledge.sheets.flatMap((sheet) =>
        [...sheet.faults, ...sheet.parameters, ...sheet.components].flatMap((one) => one.name.split(' ')),
      ),
    );
    for (const word of words) {
      const { faults: hits, parameters, components } = matcher.find(word);
      for (const hit of [...hits, ...parameters, ...components]) expect(hit.how, word).not.toBe('typo');
    }
  });

  it('names an option, and nothing for what is none', () => {
    expect(matcher.nameOf('Vibration sensor', 'parameter', 'pump')).toMatchObject({ name: 'vibration', coverage: 1 });
    expect(matcher.nameOf('worn-out bearings', 'fault', 'pump')).toMatchObject({ name: 'bearing wear' });
    expect(matcher.nameOf('dissolved gas', 'parameter', 'pump')).toBeUndefined();
    expect(matcher.nameOf('', 'fault', 'pump')).toBeUndefined();
  });

  it('reads 30,000 characters in well under a second and questions in milliseconds', () => {
    const text = knowledge.facts
      .map((fact) => fact.text)
      .join(' ')
      .slice(0, 30_000);
    matcher.find(text);
    // Processor time: other work on the machine does not count.
    let started = process.cpuUsage();
    const spentMs = (): number => process.cpuUsage(started).user / 1000;
    expect(matcher.find(text).faults.length).toBeGreaterThan(50);
    expect(spentMs()).toBeLessThan(1000);
    started = process.cpuUsage();
    for (let i = 0; i < 200; i++) matcher.find(`the bearng of P-101 is worn and the temprature is up, case ${i}?`);
    expect(spentMs() / 200).toBeLessThan(5);
  });
});

describe('what was seen', () => {
  const tells = (text: string): boolean | undefined => matcher.find(text).tellsSigns;

  it.each([
    'Flow of a pump is abnormal.',
    'The historian has vibration of P-101 out of limits, nothing else stands out.',
    'Which parameter shows bearing damage of a pump?',
  ])('is not told in: %s', (text) => expect(tells(text)).toBe(false));

  it.each(['A pump sounds like gravel.', 'Flow of P-101 is low and it will not start.', 'hot fan, smells burnt'])(
    'is told in: %s',
    (text) => expect(tells(text)).toBe(true),
  );

  it('cannot be told of an unknown machine', () => expect(tells('it sounds like gravel')).toBeUndefined());

  it('is told in nearly every sign of every sheet', () => {
    const signs = knowledge.sheets.flatMap((sheet) =>
      sheet.faults.flatMap((fault) => fault.signs.map((sign) => `${sheet.asset}: ${sign}`)),
    );
    expect(signs.filter((sign) => tells(sign) !== false).length / signs.length).toBeGreaterThan(0.9);
  });
});

describe('over the wordings that people use', () => {
  it('names machine and fault of held-out questions', () => {
    let machines = 0;
    let named = 0;
    let of = 0;
    const n = 300;
    for (let i = 0; i < n; i++) {
      const episode = makeEpisode(knowledge.sheets, { mode: 'closed', wording: 'held' }, random(11, i));
      if (matcher.find(episode.question).asset === episode.asset) machines += 1;
      const fault = episode.relation !== 'diagnose' ? episode.facts.at(-1)?.split('/') : undefined;
      if (!fault || !knowledge.sheet(episode.asset)!.faults.some((one) => one.name === fault[1])) continue;
      of += 1;
      if (faults(episode.question).includes(fault[1]!)) named += 1;
    }
    expect(machines / n).toBeGreaterThan(0.98);
    expect(named / of).toBeGreaterThan(0.98);
  });

  it('tells plant talk from other trades, noise and other languages', () => {
    const share = (texts: string[]): number =>
      texts.filter((text) => matcher.inDomain(text) >= 0.5).length / texts.length;
    const plant = Array.from(
      { length: 300 },
      (_, i) => makeEpisode(knowledge.sheets, { mode: 'closed', wording: 'held' }, random(3, i)).question,
    );
    const other = [...ELSEWHERE.train, ...ELSEWHERE.held].flatMap((grammar) =>
      [0, 1, 2].map((i) => expand(grammar, random(4, i))),
    );
    expect(share(plant)).toBeGreaterThan(0.97);
    expect(share(other)).toBeLessThan(0.12);
    for (const text of [
      'What is the capital of France?',
      'asdf qwer',
      '',
      '???',
      'Warum vibriert die Pumpe P-101 so stark?',
      'Pourquoi est-ce que la pompe vibre?',
      '水泵为什么振动',
    ]) {
      expect(matcher.inDomain(text), text).toBeLessThan(0.5);
    }
    for (const text of ['why did the pump trip?', 'P-101?', 'motor hums', 'vibration'])
      expect(matcher.inDomain(text), text).toBeGreaterThanOrEqual(0.5);
  });
});

describe('the mender', () => {
  const mender = makeMender(
    new Map([
      ['bearing', 1],
      ['vibration', 1],
      ['temperature', 1],
      ['motor', 2],
      ['meter', 1],
    ]),
  );

  it.each([
    ['bering', 'bearing'],
    ['baering', 'bearing'],
    ['bearingg', 'bearing'],
    ['vibratoin', 'vibration'],
    ['vibaration', 'vibration'],
    ['temprture', 'temperature'],
    ['moter', 'motor'],
    ['hearing', undefined],
    ['brings', undefined],
    ['moto', undefined],
    ['bearing2', undefined],
    ['temprtre', undefined],
  ])('%s → %s', (word, meant) => {
    expect(mender.mend(word)).toBe(meant);
  });
});
