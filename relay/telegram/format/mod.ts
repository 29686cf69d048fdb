/**
 * Text for Telegram: Markdown and plain parts as text with entities, cut into messages.
 * @module
 */
export {
  CAPTION_UNITS_MAX,
  type ChunkLimits,
  chunks,
  ENTITIES_MAX,
  MESSAGE_UNITS_MAX,
} from "./chunks.ts";
export { cleanText, isBlank } from "./clean_text.ts";
export { type MarkdownOptions, richText } from "./markdown.ts";
export {
  bold,
  code,
  expandableQuote,
  italic,
  join,
  link,
  plain,
  pre,
  type RichText,
} from "./rich_text.ts";
export { namedPaths } from "./named_paths.ts";
export { telegramUrl } from "./telegram_url.ts";
