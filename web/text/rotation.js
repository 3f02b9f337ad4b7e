// What a rotation asks for, place by place: base/rotation.js chooses. {place} is a link or code, {until} a time.
export default {
  "rotation.done": ["The function at {place} takes version {version}: nothing is to be done there.", "La fonction de {place} accepte la version {version} : rien à faire là-bas.",
    "La función de {place} acepta la versión {version}: no hay nada que hacer allí."],
  "rotation.behind": ["The function at {place} still takes version {took}: set version {version} there before {until}.",
    "La fonction de {place} accepte encore la version {took} : mettez-y la version {version} avant {until}.",
    "La función de {place} aún acepta la versión {took}: ponga allí la versión {version} antes de {until}."],
  "rotation.silent": ["The function at {place} has accepted no call since the rotation: set version {version} there before {until}.",
    "La fonction de {place} n’a accepté aucun appel depuis la rotation : mettez-y la version {version} avant {until}.",
    "La función de {place} no ha aceptado ninguna llamada desde la rotación: ponga allí la versión {version} antes de {until}."],
  "rotation.lost": ["The function at {place} took version {took} last, which is destroyed: set version {version} there now.",
    "La fonction de {place} a accepté en dernier la version {took}, qui est détruite : mettez-y la version {version} maintenant.",
    "La función de {place} aceptó por última vez la versión {took}, que está destruida: ponga allí la versión {version} ahora."],
  "rotation.nobody": ["No function has accepted it yet: set version {version} where it is used before {until}.",
    "Aucune fonction ne l’a encore acceptée : mettez la version {version} là où elle sert avant {until}.",
    "Ninguna función lo ha aceptado todavía: ponga la versión {version} donde se usa antes de {until}."],
};
