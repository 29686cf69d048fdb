import { cleanText } from "./clean_text.ts";
import { parseMarkdown } from "./parse_markdown.ts";
import { pieces } from "./pieces.ts";
import { Renderer } from "./renderer.ts";
import { join, plain, type RichText } from "./rich_text.ts";
import { tidyEntities } from "./tidy_entities.ts";

export interface MarkdownOptions {
  /** The address behind a link that Telegram would refuse, such as a path; none makes it text. */
  readonly resolve?: (address: string) => string | undefined;
}

/**
 * GitHub's Markdown as Telegram can show it, of any length. No text is lost: what Markdown shows
 * stands in `text`, in its order (footnotes last); addresses that cannot be links stand behind
 * their text; what is wrong Markdown, and HTML, is text. Never throws. What would take the parser
 * out of proportion long stays as it was written.
 */
export function richText(markdown: string, options: MarkdownOptions = {}): RichText {
  const rendered = pieces(markdown.toWellFormed())
    .map((piece) => renderPiece(piece, options))
    .filter(({ text }) => text !== "");
  return join(...rendered.flatMap((each, index) => index === 0 ? [each] : ["\n\n", each]));
}

function renderPiece(source: string, { resolve }: MarkdownOptions): RichText {
  try {
    const root = parseMarkdown(source);
    if (root === undefined) return plain(source);
    const { text, entities } = new Renderer(source, resolve).render(root);
    return { text, entities: tidyEntities(text, entities) };
  } catch (error) {
    // Nested deeper than the stack.
    if (error instanceof RangeError) return { text: cleanText(source), entities: [] };
    throw error;
  }
}
