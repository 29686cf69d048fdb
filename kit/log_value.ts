const TEXT_MAX = 2048;
const ENTRIES_MAX = 50;
const DEPTH_MAX = 4;
const SECRET_NAME = /(token|authorization|cookie|password|secret)s?$/i;

/** `text` in at most about `max` UTF-16 units, saying how much was cut. */
export function clip(text: string, max: number = TEXT_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more)`;
}

/**
 * `value` as plain JSON of bounded size, with secrets left out. `name` is the field it stands in:
 * a count may be called `inputTokens`, but no text under such a name is written. Never throws.
 */
export function plain(value: unknown, name = "", depth = 0): unknown {
  try {
    switch (typeof value) {
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
      case "undefined":
        return value;
      case "bigint":
        return String(value);
    }
    if (value === null) return null;
    if (SECRET_NAME.test(name)) return "[redacted]";
    if (typeof value === "string") return clip(value);
    return typeof value === "object" ? plainObject(value, name, depth) : undefined;
  } catch {
    return "[unreadable]"; // a proxy threw
  }
}

function plainObject(value: object, name: string, depth: number): unknown {
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) return plainError(value, depth);
  if (Array.isArray(value)) {
    const list = value.slice(0, ENTRIES_MAX).map((item) => plain(item, name, depth + 1));
    return value.length > ENTRIES_MAX ? [...list, `[${value.length - ENTRIES_MAX} more]`] : list;
  }
  if (value instanceof Map) return plainObject(Object.fromEntries(value), name, depth);
  if (value instanceof Set) return plainObject([...value], name, depth);
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(value).slice(0, ENTRIES_MAX)) {
    try {
      fields[key] = plain(Reflect.get(value, key), key, depth + 1);
    } catch {
      fields[key] = "[unreadable]"; // a getter threw: its neighbours are still worth reading
    }
  }
  return fields;
}

function plainError(error: Error, depth: number): unknown {
  const fields: Record<string, unknown> = { name: error.name, message: clip(error.message) };
  const code: unknown = Reflect.get(error, "code");
  if (typeof code === "string" || typeof code === "number") fields.code = code;
  if (error.stack !== undefined) fields.stack = clip(error.stack);
  if (error.cause !== undefined) fields.cause = plain(error.cause, "", depth + 1);
  return fields;
}
