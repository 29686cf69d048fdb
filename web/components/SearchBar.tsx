import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./Icon.tsx";

type Outcome = "idle" | "searching" | "found" | "none";

/** Searches screen and history, upwards first. */
export function SearchBar(
  { find, onClose }: {
    find: (text: string, direction: -1 | 1, options: { fresh: boolean }) => Promise<boolean>;
    onClose: () => void;
  },
) {
  const [text, setText] = useState("");
  const [outcome, setOutcome] = useState<Outcome>("idle");
  const searched = useRef("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const search = async (direction: -1 | 1) => {
    if (outcome === "searching") return;
    const fresh = searched.current !== text;
    searched.current = text;
    setOutcome("searching");
    try {
      setOutcome(await find(text, direction, { fresh }) ? "found" : "none");
    } catch {
      setOutcome("none"); // the connection went while history was asked for
    }
  };
  return (
    <form
      class="search-bar"
      role="search"
      data-testid="search-bar"
      onSubmit={(event) => {
        event.preventDefault();
        void search(-1);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
        if (event.key === "Enter" && event.shiftKey) {
          event.preventDefault();
          void search(1);
        }
      }}
    >
      <input
        type="search"
        aria-label="Search screen and history"
        placeholder="Search screen and history"
        value={text}
        ref={input}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOutcome("idle");
        }}
      />
      <span class="note" role="status">
        {outcome === "searching" ? "Searching…" : outcome === "none" ? "Nothing found" : ""}
      </span>
      <button type="submit" class="quiet icon-only" aria-label="Older match">
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="quiet icon-only turned"
        aria-label="Newer match"
        onClick={() => search(1)}
      >
        <Icon name="up" />
      </button>
      <button type="button" class="quiet icon-only" aria-label="Close search" onClick={onClose}>
        <Icon name="close" />
      </button>
    </form>
  );
}
