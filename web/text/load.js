// The texts of one language: a file of its own, asked for by who reads it. build.mjs makes "text:en" and the others out of the columns of table.js.
const FILES = { en: () => import("text:en"), fr: () => import("text:fr"), es: () => import("text:es") };

export const load = async (language) => (await FILES[language]()).default;
