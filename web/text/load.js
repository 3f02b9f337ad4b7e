// One language: a file of its own, asked for by who reads it. build.mjs makes "text:en" and the others: the texts out
// of the columns of table.js, and what cronstrue needs to put schedules into words of that language.
const FILES = { en: () => import("text:en"), fr: () => import("text:fr"), es: () => import("text:es") };

export const load = (language) => FILES[language](); // { texts, schedules }
