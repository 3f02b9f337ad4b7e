export default {
  "audit.about": ["Who changed what, from where, when. Entries are never altered, and kept for 400 days.", "Qui a changé quoi, d’où et quand. Les entrées ne sont jamais modifiées, et gardées 400 jours.",
    "Quién cambió qué, desde dónde y cuándo. Las entradas no se alteran nunca y se guardan 400 días."],
  "audit.none": ["Nothing was changed yet.", "Rien n’a encore été changé.", "Todavía no se ha cambiado nada."],
  "audit.none_such": ["There are no such entries.", "Il n’y a pas de telles entrées.", "No hay entradas así."],
  "audit.when": ["When", "Quand", "Cuándo"],
  "audit.actor": ["Who", "Qui", "Quién"],
  "audit.action": ["What was done", "Ce qui a été fait", "Qué se hizo"],
  "audit.any": ["anything", "tout", "todo"],
  "audit.resource": ["To what", "À quoi", "A qué"],
  "audit.detail": ["Details", "Détails", "Detalles"],
  "audit.changes": [{ one: "one change", other: "{n} changes" }, { one: "un changement", other: "{n} changements" }, { one: "un cambio", other: "{n} cambios" }],
};
