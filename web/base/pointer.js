// A member's name as a token of a JSON pointer (RFC 6901, section 3).
export const token = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");
