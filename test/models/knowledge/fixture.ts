/** A small sheet that keeps every rule, to be spoilt by tests; folders that vanish after use. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const GOOD_SHEET = `asset: winch
synonyms: [hoist winch, cable winch]
summary: Winds a rope on a drum to lift a load.
standards: [ISO 17359]

parameters:
  vibration: {synonyms: [shaking, drum vibration], unit: mm/s, measuredBy: [accelerometer on the drum bearing]}
  current: {synonyms: [motor current, amps], unit: A, measuredBy: [ammeter]}
  rope tension: {synonyms: [pull, line pull], unit: kN, measuredBy: [load cell]}

components:
  drum: {synonyms: [rope drum], role: winds the rope}
  brake: {synonyms: [holding brake], role: holds the load when the drive is off}

faults:
  brake drag:
    synonyms: [dragging brake, brake does not release, brake binding]
    components: [brake]
    mechanism: the brake lining stays on the disc, so the drive works against it
    signs: [smell of hot lining, hums when starting, slow with no load, brake disc too hot to touch]
    causes: [seized caliper, swollen lining]
    effects: [burnt lining, overloaded motor]
    checks:
      - {what: measure the air gap with the brake released, tells: no gap means that the lining drags}
      - {what: feel the disc after ten idle turns, tells: a hot disc confirms it}
    actions: [stop and free the brake, replace the lining]
    shows:
      current: {strength: 0.9, change: rises, onset: early, why: the motor must overcome the friction of the lining}
      vibration: {strength: 0.4, change: rises, onset: late, why: a lining that grabs and slips shakes the drum}
    not:
      rope tension: the load alone sets the tension in the rope
  worn rope:
    synonyms: [frayed rope, broken strands, rope wear]
    components: [drum]
    mechanism: wires are broken, so the rope is weaker and runs unevenly
    signs: [broken wires stand out, rope jumps on the drum, rust dust under the rope, flat spots on the strands]
    causes: [long service, missing grease]
    effects: [rope breaks, load falls]
    checks:
      - {what: count the broken wires over one lay, tells: more than the limit ends its life}
      - {what: measure the rope diameter, tells: a loss of a tenth ends its life}
    actions: [take the winch out of use, replace the rope]
    shows:
      rope tension: {strength: 0.8, change: fluctuates, onset: developed, why: broken strands catch on the drum and jerk the pull}
      vibration: {strength: 0.5, change: rises, onset: late, why: an uneven rope shakes the drum as it winds}
    not:
      current: "the pull on average stays, so the motor draws the same"

rules:
  - when: [current rises while the load stays the same, the motor draws more at an equal load]
    do: [stop lowering and free the brake, halt and release the sticking brake]
    why: a lining that drags burns within minutes
    fault: brake drag
  - when: [rope tension jumps on every turn of the drum, a jerk in the pull once a turn]
    do: [take the winch out of use and count the broken wires, stop hoisting and examine the rope]
    why: broken strands catch on the drum before the rope parts
    fault: worn rope
  - when: [the load cell reads zero with a load on the hook, no tension shown under load]
    do: [send the load cell for calibration, have the tension sensor tested]
    why: a dead sensor shows no overload
`;

/** Another machine, in no more words than are needed, so that there are parts that a winch does not have. */
export const OTHER_SHEET = `asset: mixer
synonyms: [stirrer]
summary: Stirs a liquid with blades on a shaft.
parameters:
  torque: {synonyms: [shaft torque], unit: Nm, measuredBy: [strain gauge on the shaft]}
components:
  blade: {synonyms: [paddle], role: moves the liquid}
  mechanical seal: {synonyms: [shaft seal], role: keeps the liquid in where the shaft goes through}
  gear stage: {synonyms: [], role: turns the motor's speed down}
faults:
  bent blade:
    components: [blade]
    shows:
      torque: {strength: 0.7, change: fluctuates, onset: early, why: a bent blade meets more liquid at one side}
`;

/** A folder of its own, gone when the test is over. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rounds-knowledge-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes files by name into a folder of their own. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const dir = await folder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}

/** The sheet with one passage changed; throws when the passage is not there exactly once. */
export function spoilt(passage: string, instead: string, sheet = GOOD_SHEET): string {
  const parts = sheet.split(passage);
  if (parts.length !== 2) throw new Error(`'${passage}' stands ${parts.length - 1} times in the sheet`);
  return parts.join(instead);
}

/** 1-based line of a passage. */
export function lineOf(text: string, passage: string): number {
  return text.slice(0, text.indexOf(passage)).split('\n').length;
}
