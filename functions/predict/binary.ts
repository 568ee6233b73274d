// The binary tensor data extension of the Open Inference Protocol. The bytes of tensors follow the JSON of a request or of an
// answer, in the order in which the JSON names the tensors; a header says where the JSON ends.
// https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol/binary-tensor-data-extension

import { isUtf8 } from "node:buffer";
import { answerOfJson, type PlainAnswer } from "../lib/serve/status.ts";
import type { InferAnswer, OutputTensor } from "./answer.ts";
import { type Datatype, TEXT_PREFIX_BYTES } from "./datatypes.ts";
import { refused } from "./parameters.ts";

/** How long the JSON is, in bytes. */
export const JSON_LENGTH_HEADER = "Inference-Header-Content-Length";
/** Of an input or an output: how many bytes it has behind the JSON. */
export const SIZE_PARAMETER = "binary_data_size";

export interface SplitBody {
  readonly json: Buffer;
  readonly tensors: TensorBytes;
}

/** The bytes behind the JSON of a request. */
export interface TensorBytes {
  /** Those of the next tensor, at `path`. @throws RejectedError `binary-tensors` where it has no such size. */
  take(size: unknown, path: string): Buffer;
  /** @throws RejectedError `binary-tensors` for bytes that no tensor has taken. */
  end(): void;
}

/** `jsonLength`: the header. @throws RejectedError `binary-tensors` where it is no length of a part of the body. */
export function splitBody(body: Buffer, jsonLength: string | undefined): SplitBody {
  if (jsonLength === undefined) return { json: body, tensors: createTensorBytes(undefined) };
  const length = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (!(length <= body.length)) {
    const given = JSON.stringify(jsonLength.slice(0, 40));
    const range = `a number of bytes from 0 to ${body.length}, which the body has`;
    throw binaryRefused(JSON_LENGTH_HEADER, `is ${given}; it must be the length of the JSON, ${range}`);
  }
  return { json: body.subarray(0, length), tensors: createTensorBytes(body.subarray(length)) };
}

/** `bytes`: undefined where there was no header. */
function createTensorBytes(bytes: Buffer | undefined): TensorBytes {
  let at = 0;
  return {
    take(size, path) {
      const ofSize = `${path}.parameters.${SIZE_PARAMETER}`;
      if (!(Number.isSafeInteger(size) && (size as number) >= 0)) {
        throw binaryRefused(ofSize, "must be a whole number of bytes, 0 or more");
      }
      if (bytes === undefined) {
        const cure = `send the header ${JSON_LENGTH_HEADER} with the length of the JSON`;
        throw binaryRefused(ofSize, `says that bytes follow the JSON, and nothing says where it ends: ${cure}`);
      }
      const left = bytes.length - at;
      if ((size as number) > left) throw binaryRefused(ofSize, `is ${size}, and ${left} bytes are left in the body`);
      at += size as number;
      return bytes.subarray(at - (size as number), at);
    },
    end() {
      const left = (bytes?.length ?? 0) - at;
      if (left === 0) return;
      const cure = `name each with its ${SIZE_PARAMETER}, or mend ${JSON_LENGTH_HEADER}`;
      throw binaryRefused("the body", `has ${left} bytes behind the JSON that belong to no tensor: ${cure}`);
    },
  };
}

/** The elements as in JSON. NaN becomes null, which has no bytes of its own. @throws RejectedError `binary-tensors`. */
export function elementsOf(bytes: Buffer, { size, read, name }: Datatype, path: string): readonly unknown[] {
  if (size === undefined) return textsOf(bytes, path);
  if (bytes.length % size !== 0) {
    throw binaryRefused(path, `has ${bytes.length} bytes, and ${name} has ${size} an element`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const value = read(view, i * size);
    return Number.isNaN(value) ? null : value;
  });
}

function textsOf(bytes: Buffer, path: string): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const where = `${path}.data[${texts.length}]`;
    const left = bytes.length - at - TEXT_PREFIX_BYTES;
    if (left < 0) throw binaryRefused(where, `is cut: each text begins with its length, ${TEXT_PREFIX_BYTES} bytes`);
    const length = bytes.readUInt32LE(at);
    if (length > left)
      throw binaryRefused(where, `has ${length} bytes by its length, and ${left} are left in the tensor`);
    at += TEXT_PREFIX_BYTES;
    const text = bytes.subarray(at, at + length);
    if (!isUtf8(text)) throw binaryRefused(where, "is not valid UTF-8");
    texts.push(text.toString("utf8"));
    at += length;
  }
  return texts;
}

/** `isBinary`: whether an output goes as bytes. */
export function writeAnswer(answer: InferAnswer, isBinary: (output: string) => boolean): PlainAnswer {
  const bytes: Buffer[] = [];
  const outputs = answer.outputs.map((output) => {
    if (!isBinary(output.name)) return output;
    const { data: _, ...described } = output;
    const own = bytesOf(output);
    bytes.push(own);
    return { ...described, parameters: { [SIZE_PARAMETER]: own.length } };
  });
  if (bytes.length === 0) return answerOfJson(answer);
  const json = Buffer.from(JSON.stringify({ ...answer, outputs }));
  const headers = { "content-type": "application/octet-stream", [JSON_LENGTH_HEADER]: String(json.length) };
  return { status: 200, headers, body: Buffer.concat([json, ...bytes]) };
}

function bytesOf({ datatype, data }: OutputTensor): Buffer {
  return Buffer.concat(data.map((value) => WRITE[datatype](value)));
}

const WRITE: Readonly<Record<OutputTensor["datatype"], (value: unknown) => Buffer>> = {
  FP64(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value === null ? Number.NaN : (value as number));
    return bytes;
  },
  INT64(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value as number));
    return bytes;
  },
  // One byte has no room for null: 0, and the prediction beside it is NaN.
  BOOL: (value) => Buffer.of(value === true ? 1 : 0),
  BYTES(value) {
    const text = Buffer.from((value ?? "") as string);
    const prefix = Buffer.alloc(TEXT_PREFIX_BYTES);
    prefix.writeUInt32LE(text.length);
    return Buffer.concat([prefix, text]);
  },
};

function binaryRefused(path: string, problem: string) {
  return refused(path, problem, "binary-tensors");
}
