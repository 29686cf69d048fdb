import { isValidElement } from "preact";

/**
 * An island's props as JSON that is safe inside a `<script>` element.
 *
 * @throws {TypeError} for anything that JSON would drop or change on the way to the browser.
 */
export function islandPropsToJson(island: string, props: object): string {
  const json = JSON.stringify(props, function (this: Record<string, unknown>, key, value) {
    const original = this[key]; // before toJSON()
    if (!survivesJson(original) || (original === undefined && Array.isArray(this))) {
      throw new TypeError(`Island "${island}" cannot be given "${key}": not JSON`);
    }
    return value;
  });
  return json.replace(
    /[<\u2028\u2029]/g,
    (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function survivesJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object": {
      if (value === null || Array.isArray(value)) return true;
      const prototype = Object.getPrototypeOf(value);
      return prototype === null || (prototype === Object.prototype && !isValidElement(value));
    }
    default:
      return false;
  }
}
