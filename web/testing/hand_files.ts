import type { Locator } from "playwright-core";

export interface HandedFile {
  readonly name: string;
  readonly type: string;
  /** Base64. */
  readonly data: string;
}

/** A picture of one pixel. */
export const PIXEL: HandedFile = {
  name: "image.png",
  type: "image/png",
  data:
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
};

export function textFile(name: string, text: string): HandedFile {
  return { name, type: "text/plain", data: btoa(text) };
}

/** Drags files over the element and, unless told otherwise, drops them. */
export async function dropFiles(
  on: Locator,
  files: readonly HandedFile[],
  events: readonly string[] = ["dragenter", "dragover", "drop"],
): Promise<void> {
  await on.evaluate((element, { files, events }) => {
    const dataTransfer = new DataTransfer();
    for (const { name, type, data } of files) {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type }));
    }
    for (const event of events) {
      const options = { bubbles: true, cancelable: true, dataTransfer };
      element.dispatchEvent(new DragEvent(event, options));
    }
  }, { files, events });
}

/** Pastes files into the element, as after taking a screenshot. */
export async function pasteFiles(into: Locator, files: readonly HandedFile[]): Promise<void> {
  await into.evaluate((element, files) => {
    const clipboardData = new DataTransfer();
    for (const { name, type, data } of files) {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      clipboardData.items.add(new File([bytes], name, { type }));
    }
    const options = { bubbles: true, cancelable: true, clipboardData };
    element.dispatchEvent(new ClipboardEvent("paste", options));
  }, files);
}
