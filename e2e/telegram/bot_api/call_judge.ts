import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { MessageEntity } from "grammy/types";
import { type MethodName, METHODS } from "./method_names.ts";
import schema from "./schema.json" with { type: "json" };
import { isTelegramLink } from "./shown_text.ts";

type Params = Readonly<Record<string, unknown>>;

/**
 * Says of a call what Telegram's documentation does not allow. What the server would refuse in its
 * own words is left to it; this finds what it lets pass as well.
 */
export class CallJudge {
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv: Ajv;

  constructor() {
    this.#ajv = new Ajv({ strict: false, allErrors: true });
    // ajv counts code points; Telegram counts UTF-16 units.
    this.#ajv.addKeyword({
      keyword: "maxUnits",
      type: "string",
      validate: (most: number, text: string) => text.length <= most,
    });
    this.#ajv.addKeyword({
      keyword: "minUnits",
      type: "string",
      validate: (least: number, text: string) => text.length >= least,
    });
    this.#ajv.addKeyword({
      keyword: "maxBytes",
      type: "string",
      validate: (most: number, text: string) => new TextEncoder().encode(text).length <= most,
    });
    this.#ajv.addSchema(schema, "calls");
  }

  static knows(method: string): method is MethodName {
    return (METHODS as readonly string[]).includes(method);
  }

  problems(method: MethodName, params: Params): string[] {
    let validate = this.#validators.get(method);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `calls#/properties/${method}` });
      this.#validators.set(method, validate);
    }
    const problems = validate(params) ? [] : told(validate.errors ?? []);
    const text = params.text ?? params.caption;
    const entities = params.entities ?? params.caption_entities;
    if (Array.isArray(entities)) problems.push(...entityProblems(String(text), entities));
    if (typeof text === "string" && !text.isWellFormed()) problems.push("half a surrogate pair");
    if (params.parse_mode !== undefined && entities !== undefined) {
      problems.push("parse_mode and entities together");
    }
    return problems;
  }

  /** The form field `name` of an upload, as the JSON value that the schema wants. */
  fromForm(method: MethodName, name: string, value: string): unknown {
    const property = (schema.properties[method] as { properties?: Record<string, unknown> })
      .properties?.[name];
    const type = (property as { type?: string | string[] } | undefined)?.type;
    if (type === "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
}

function told(errors: readonly ErrorObject[]): string[] {
  return errors.slice(0, 5).map(({ instancePath, message, params }) =>
    `${instancePath || "call"} ${message ?? "is wrong"} ${JSON.stringify(params)}`
  );
}

/** Where entities are not as https://core.telegram.org/bots/api#formatting-options asks. */
function entityProblems(text: string, entities: readonly MessageEntity[]): string[] {
  const problems: string[] = [];
  if (entities.length > 100) problems.push(`${entities.length} entities: 100 are kept`);
  for (const [index, entity] of entities.entries()) {
    const { type, offset, length } = entity;
    const end = offset + length;
    const named = `entity ${index} (${type} ${offset}+${length})`;
    if (offset < 0 || length < 1 || end > text.length) problems.push(`${named} is outside`);
    for (const edge of [offset, end]) {
      if (/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(edge - 1, edge + 1))) {
        problems.push(`${named} splits a surrogate pair`);
      }
    }
    if (entity.type === "text_link" && !isTelegramLink(entity.url)) {
      problems.push(`${named}: Telegram refuses its address`);
    }
    for (const other of entities.slice(0, index)) {
      const otherEnd = other.offset + other.length;
      if (other.offset >= end || otherEnd <= offset) continue;
      const [outer, inner] = other.offset <= offset && otherEnd >= end
        ? [other, entity]
        : [entity, other];
      const apart = outer.offset > inner.offset ||
        outer.offset + outer.length < inner.offset + inner.length;
      if (apart) problems.push(`${named} crosses ${other.type}`);
      else if (outer.type === "pre" || outer.type === "code") {
        problems.push(`${named} with ${inner.type} in ${outer.type}`);
      } else if (isQuote(outer) && isQuote(inner)) {
        problems.push(`${named} with a quote in a quote`);
      }
    }
  }
  return problems;
}

function isQuote({ type }: MessageEntity): boolean {
  return type === "blockquote" || type === "expandable_blockquote";
}
