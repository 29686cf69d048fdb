/** What a keyboard that is not made of keys reports while it predicts and composes. */
const COMPOSING_KEY_CODE = 229;

/**
 * Text that comes by other ways than keys: input methods, Android keyboards, emoji pickers, dictation.
 * xterm guesses such text from what its textarea holds a moment later, and so loses or doubles letters
 * when a device is slow or a keyboard corrects itself. Here a text is taken once, as the browser
 * reports it, and xterm does not see the events. Plain keys remain xterm's.
 */
export class TextInput {
  readonly #textarea: HTMLTextAreaElement;
  readonly #view: HTMLElement | null;
  readonly #send: (text: string) => void;
  readonly #eager: () => boolean;
  readonly #stop = new AbortController();
  #composing = false;
  /** Characters of the running composition that were sent before it ended. */
  #taken = 0;
  /** The last key went to xterm, and the text it inserts with it. */
  #byKey = false;

  constructor(parts: {
    /** Holds xterm's textarea; listened to before xterm. */
    element: HTMLElement;
    textarea: HTMLTextAreaElement;
    /** As if typed. */
    send: (text: string) => void;
    /** Whether the next character is wanted at once, not when its word is finished: after Ctrl. */
    eager: () => boolean;
  }) {
    this.#textarea = parts.textarea;
    this.#view = parts.element.querySelector<HTMLElement>(".composition-view");
    this.#send = parts.send;
    this.#eager = parts.eager;
    const { element } = parts;
    const options = { capture: true, signal: this.#stop.signal };
    element.addEventListener("keydown", (event) => {
      this.#byKey = !this.#composing && event.keyCode !== COMPOSING_KEY_CODE;
      if (!this.#byKey) event.stopPropagation();
    }, options);
    element.addEventListener("keyup", () => this.#byKey = false, options);
    element.addEventListener("compositionstart", (event) => {
      event.stopPropagation();
      this.#composing = true;
      this.#taken = 0;
    }, options);
    element.addEventListener("compositionupdate", (event) => {
      event.stopPropagation();
      this.#updated(event.data);
    }, options);
    element.addEventListener("compositionend", (event) => {
      event.stopPropagation();
      this.#composing = false;
      this.#updated("");
      this.#sendText(event.data.slice(this.#taken));
    }, options);
    element.addEventListener("input", (event) => {
      if (event instanceof InputEvent) this.#input(event);
    }, options);
  }

  close(): void {
    this.#stop.abort();
  }

  #input(event: InputEvent): void {
    if (this.#byKey) return; // sent by xterm; it stays in the textarea for screen readers
    event.stopPropagation();
    if (this.#composing || event.isComposing) return;
    switch (event.inputType) {
      case "insertText":
      case "insertReplacementText":
        return this.#sendText(event.data ?? "");
      case "insertLineBreak":
      case "insertParagraph":
        return this.#sendText("\r");
      case "deleteContentBackward":
        return this.#sendText("\x7f");
    }
  }

  #updated(text: string): void {
    if (text.length > this.#taken && this.#eager()) {
      this.#send(text.slice(this.#taken));
      this.#taken = text.length;
    }
    const view = this.#view;
    if (view === null) return;
    const { left, top, height, lineHeight } = this.#textarea.style;
    Object.assign(view.style, { left, top, height, lineHeight });
    view.textContent = text.slice(this.#taken);
    view.classList.toggle("active", view.textContent !== "");
  }

  #sendText(text: string): void {
    if (text !== "") this.#send(text);
    // Emptied, so that a keyboard finds no old word to correct; not at once, since the next
    // composition may begin in this very event.
    setTimeout(() => {
      if (!this.#composing) this.#textarea.value = "";
    }, 0);
  }
}
