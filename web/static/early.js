// Runs before the page is painted and before any module.
(() => {
  // zod would else try `new Function`, which the content security policy reports.
  globalThis.__zod_globalConfig = { jitless: true };
  try {
    const theme = JSON.parse(localStorage.getItem("chatcode.preferences") ?? "{}").theme;
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage, or not ours: the system's theme it is.
  }
})();
