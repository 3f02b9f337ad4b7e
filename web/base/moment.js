// Times as fields of type datetime-local hold them, in the reader's zone without saying so, and as the API does. Pure.
export const two = (n) => String(n).padStart(2, "0");
const day = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;

// To the minute, or the second; "" for what is no time.
export function toField(iso, seconds = false) {
  const d = new Date(iso ?? NaN);
  if (isNaN(d)) return "";
  return `${day(d)}T${two(d.getHours())}:${two(d.getMinutes())}${seconds ? `:${two(d.getSeconds())}` : ""}`;
}
// null for what is no time, such as a year of six digits that somebody is still typing.
export function fromField(text) {
  const d = new Date(text || NaN);
  return isNaN(d) ? null : d.toISOString();
}
export const tomorrowAt = (time) => `${day(new Date(Date.now() + 86400000))}T${time}`;
