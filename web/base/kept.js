// What the browser keeps of a reader's choices (language, theme). A browser that keeps nothing is no trouble.
const PREFIX = "edgecron.";
export const kept = {
  get(key) {
    try { return localStorage.getItem(PREFIX + key); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(PREFIX + key, value); } catch { /* for this visit only, then */ }
  },
};
