/** The longest address that becomes a link, in characters. */
export const URL_MAX = 2_048;

/**
 * The address as Telegram takes it for a link, or `undefined` where it is shown as text instead:
 * only http and https, and only hosts with a dot in them. Any other refuses the whole message
 * ("Wrong HTTP URL": LinkManager::check_link in
 * https://github.com/tdlib/td/blob/master/td/telegram/LinkManager.cpp), `http://localhost` too.
 */
export function telegramUrl(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  if (!/^[a-z0-9-]+(\.[a-z0-9_-]+)+$/.test(url.hostname)) return undefined;
  if (url.username !== "" || url.password !== "" || url.href.length > URL_MAX) return undefined;
  return url.href;
}
