/**
 * A graph as an ONNX file: the few messages of onnx.proto that we need, written as protobuf wire format by hand.
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Knows no operator.
 */
import { ELEMENT_TYPES, type ElementType, type Shape } from './tensor.ts';

/** A plain number is an ONNX int, a list of numbers is ints; a float says so. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  op: string;
  domain: string;
  /** '' is an optional input or output left out. */
  inputs: string[];
  outputs: string[];
  attributes: Readonly<Record<string, Attribute>>;
}
export interface OnnxValue {
  name: string;
  type: ElementType;
  shape: Shape;
}
export interface OnnxInitializer extends OnnxValue {
  data: ArrayBufferView;
}
export interface OnnxModel {
  name: string;
  opsets: Readonly<Record<string, number>>;
  nodes: OnnxNode[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initializers: OnnxInitializer[];
}

const IR_VERSION = 10;

/** The model as bytes of a `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = [
    ...model.nodes.map((node) => message(1, nodeProto(node))),
    text(2, model.name),
    ...model.initializers.map((initializer) => message(5, tensorProto(initializer))),
    ...model.inputs.map((value) => message(11, valueProto(value))),
    ...model.outputs.map((value) => message(12, valueProto(value))),
  ];
  const opsets = Object.entries(model.opsets).map(([domain, version]) =>
    message(8, [text(1, domain), integer(2, version)]),
  );
  return join([integer(1, IR_VERSION), text(2, 'rounds'), message(7, graph), ...opsets]);
}

function nodeProto(node: OnnxNode): Part[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(4, node.op),
    ...Object.entries(node.attributes).map(([name, value]) => message(5, attributeProto(name, value))),
    ...(node.domain ? [text(7, node.domain)] : []),
  ];
}

function attributeProto(name: string, value: Attribute): Part[] {
  const [FLOAT, INT, STRING, INTS] = [1, 2, 3, 7];
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, INT)];
  if (typeof value === 'string') return [text(1, name), text(4, value), integer(20, STRING)];
  if ('float' in value) return [text(1, name), float(2, value.float), integer(20, FLOAT)];
  return [text(1, name), ...value.map((one) => integer(8, one)), integer(20, INTS)];
}

function tensorProto({ name, type, shape, data }: OnnxInitializer): Part[] {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...shape.map((dim) => integer(1, dim as number)),
    integer(2, ELEMENT_TYPES[type]),
    text(8, name),
    bytes(9, raw),
  ];
}

function valueProto({ name, type, shape }: OnnxValue): Part[] {
  const dims = shape.map((dim) =>
    message(1, typeof dim === 'number' ? [integer(1, dim)] : dim === '?' ? [] : [text(2, dim)]),
  );
  return [text(1, name), message(2, [message(1, [integer(1, ELEMENT_TYPES[type]), message(2, dims)])])];
}

/** Bytes in writing order, nested so that lengths are known before anything is copied. */
type Part = Uint8Array | { length: number; parts: Part[] };

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + VARINT), ...varint(value)]);
}

function float(field: number, value: number): Uint8Array {
  const out = Uint8Array.from([...varint(field * 8 + FIXED32), 0, 0, 0, 0]);
  new DataView(out.buffer).setFloat32(out.length - 4, value, true);
  return out;
}

function bytes(field: number, value: Uint8Array): Part {
  return group([Uint8Array.from([...varint(field * 8 + LENGTH), ...varint(value.length)]), value]);
}

function text(field: number, value: string): Part {
  return bytes(field, new TextEncoder().encode(value));
}

function message(field: number, parts: Part[]): Part {
  const body = group(parts);
  return group([Uint8Array.from([...varint(field * 8 + LENGTH), ...varint(body.length)]), body]);
}

/** Negative numbers are written as 64-bit two's complement, as protobuf asks. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return out;
}

function group(parts: Part[]): { length: number; parts: Part[] } {
  return { length: parts.reduce((sum, part) => sum + part.length, 0), parts };
}

function join(parts: Part[]): Uint8Array {
  const whole = group(parts);
  const out = new Uint8Array(whole.length);
  let at = 0;
  const write = (part: Part): void => {
    if (part instanceof Uint8Array) {
      out.set(part, at);
      at += part.length;
    } else part.parts.forEach(write);
  };
  write(whole);
  return out;
}
