// Light, dark, or as the system says.
import { effect, signal } from "@preact/signals";
import { kept } from "./kept.js";

export const THEMES = ["auto", "light", "dark"];
export const theme = signal(THEMES.includes(kept.get("theme")) ? kept.get("theme") : "auto");
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => theme.value === "dark" || (theme.value === "auto" && system.matches);
export const dark = signal(false); // what is shown now; plots draw by it

effect(() => {
  kept.set("theme", theme.value);
  if (theme.value === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme.value;
  dark.value = isDark();
});
system.addEventListener("change", () => { dark.value = isDark(); });
