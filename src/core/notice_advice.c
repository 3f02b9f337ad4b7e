/* notice_advice.c - what to try: by what is watched, and for failures by how the last attempt ended. */
#include "core/notice_words.h"

#include "base/mem.h"
#include "core/verdict.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
/* For failures: the first row that fits. Status 0: any. */
static const struct advice {
    enum outcome outcome;
    int from, to; /* of http_status */
    bool secret;  /* there is a secret that was refused */
    struct phrase text;
} FAILURES[] = {
    { OUTCOME_HTTP_STATUS, 401, 401, true, { {
        "the secret '{secret}' was refused: set it to the value that the function has (edgecron secret set {secret}), or give both a new one (edgecron secret rotate {secret}).",
        "le secret « {secret} » a été refusé : donnez-lui la valeur que la fonction connaît (edgecron secret set {secret}), ou une nouvelle des deux côtés (edgecron secret rotate {secret}).",
        "el secreto «{secret}» fue rechazado: póngale el valor que tiene la función (edgecron secret set {secret}), o uno nuevo en ambos lados (edgecron secret rotate {secret})." } } },
    { OUTCOME_HTTP_STATUS, 403, 403, true, { {
        "the secret '{secret}' was refused: it may be another than the function expects (edgecron secret set {secret}), or lack the right to this call.",
        "le secret « {secret} » a été refusé : ce n’est peut-être pas celui que la fonction attend (edgecron secret set {secret}), ou il n’a pas le droit de faire cet appel.",
        "el secreto «{secret}» fue rechazado: quizá no sea el que espera la función (edgecron secret set {secret}), o no tenga derecho a esta llamada." } } },
    { OUTCOME_HTTP_STATUS, 401, 403, false, { {
        "the function wants to know who calls, or refuses this caller: put its key in a secret, and the secret in a header of the job or target.",
        "la fonction veut savoir qui l’appelle, ou refuse cet appelant : mettez sa clé dans un secret, et le secret dans un en-tête de la tâche ou de la cible.",
        "la función quiere saber quién la llama, o rechaza a quien llama: ponga su clave en un secreto, y el secreto en una cabecera de la tarea o del destino." } } },
    { OUTCOME_HTTP_STATUS, 300, 399, false, { {
        "the address answers with a redirect, which is not followed: give the job the address that it names.",
        "l’adresse répond par une redirection, qui n’est pas suivie : donnez à la tâche l’adresse indiquée.",
        "la dirección responde con una redirección, que no se sigue: dé a la tarea la dirección que indica." } } },
    { OUTCOME_HTTP_STATUS, 404, 405, false, { {
        "check the URL and the method of the job, and whether the function is deployed under this name.",
        "vérifiez l’URL et la méthode de la tâche, et si la fonction est bien déployée sous ce nom.",
        "compruebe la URL y el método de la tarea, y si la función está desplegada con ese nombre." } } },
    { OUTCOME_HTTP_STATUS, 408, 408, false, { {
        "the server waited too long for the request or the function: see its log, and whether it can answer sooner.",
        "le serveur a attendu trop longtemps la requête ou la fonction : voyez son journal, et si elle peut répondre plus tôt.",
        "el servidor esperó demasiado la petición o la función: mire su registro, y si puede responder antes." } } },
    { OUTCOME_HTTP_STATUS, 413, 414, false, { {
        "the request is too large for the server: make the body or the URL of the job smaller.",
        "la requête est trop grande pour le serveur : réduisez le corps ou l’URL de la tâche.",
        "la petición es demasiado grande para el servidor: reduzca el cuerpo o la URL de la tarea." } } },
    { OUTCOME_HTTP_STATUS, 429, 429, false, { {
        "the server wants fewer calls: spread the jobs over time, or lower 'rate' or 'max_concurrent' of the target.",
        "le serveur veut moins d’appels : répartissez les tâches dans le temps, ou baissez « rate » ou « max_concurrent » de la cible.",
        "el servidor quiere menos llamadas: reparta las tareas en el tiempo, o baje «rate» o «max_concurrent» del destino." } } },
    { OUTCOME_HTTP_STATUS, 502, 504, false, { {
        "the function is down, being deployed, or too slow for the server before it: see its log; it is called again at its next time.",
        "la fonction est arrêtée, en cours de déploiement, ou trop lente pour le serveur qui la précède : voyez son journal ; elle sera rappelée à la prochaine échéance.",
        "la función está caída, desplegándose, o es demasiado lenta para el servidor que tiene delante: mire su registro; se la llamará de nuevo en su próxima fecha." } } },
    { OUTCOME_HTTP_STATUS, 500, 599, false, { {
        "the function itself failed: its log at that time says why.",
        "c’est la fonction elle-même qui a échoué : son journal à cette heure-là dit pourquoi.",
        "falló la propia función: su registro a esa hora dice por qué." } } },
    { OUTCOME_HTTP_STATUS, 400, 499, false, { {
        "the function does not accept the request: compare the body and headers that were sent with what it expects.",
        "la fonction n’accepte pas la requête : comparez le corps et les en-têtes envoyés avec ce qu’elle attend.",
        "la función no acepta la petición: compare el cuerpo y las cabeceras enviados con lo que espera." } } },
    { OUTCOME_HTTP_STATUS, 0, 999, false, { {
        "the function answered, but with a status that the job does not call success: see 'success.status'.",
        "la fonction a répondu, mais avec un statut que la tâche ne compte pas comme une réussite : voyez « success.status ».",
        "la función respondió, pero con un estado que la tarea no considera éxito: vea «success.status»." } } },
    { OUTCOME_ASSERTION, 0, 999, false, { {
        "the function answered, but not as the job wants ('success'): see the answer, then mend the function or the rule.",
        "la fonction a répondu, mais pas comme la tâche l’attend (« success ») : voyez la réponse, puis corrigez la fonction ou la règle.",
        "la función respondió, pero no como la tarea espera («success»): vea la respuesta, y corrija la función o la regla." } } },
    { OUTCOME_TIMEOUT, 0, 999, false, { {
        "see in the function’s log what takes so long; give it less to do at once, or raise 'timeout_ms' of the job.",
        "voyez dans le journal de la fonction ce qui prend tant de temps ; donnez-lui moins à faire d’un coup, ou augmentez « timeout_ms » de la tâche.",
        "mire en el registro de la función qué tarda tanto; dele menos trabajo de una vez, o aumente «timeout_ms» de la tarea." } } },
    { OUTCOME_DNS, 0, 999, false, { {
        "check the host name in the URL, and the name servers of this machine (edgecron doctor).",
        "vérifiez le nom d’hôte dans l’URL, et les serveurs de noms de cette machine (edgecron doctor).",
        "compruebe el nombre del servidor en la URL, y los servidores de nombres de esta máquina (edgecron doctor)." } } },
    { OUTCOME_CONNECT, 0, 999, false, { {
        "check that the function’s server runs, that the port is right, and that no firewall is in between ({check}).",
        "vérifiez que le serveur de la fonction fonctionne, que le port est le bon, et qu’aucun pare-feu ne s’interpose ({check}).",
        "compruebe que el servidor de la función funciona, que el puerto es el correcto, y que no hay un cortafuegos de por medio ({check})." } } },
    { OUTCOME_TLS, 0, 999, false, { {
        "check the server’s certificate: its name, its dates, its authority ('ca_file' of the target for one of your own) ({check}).",
        "vérifiez le certificat du serveur : son nom, ses dates, son autorité (« ca_file » de la cible pour la vôtre) ({check}).",
        "compruebe el certificado del servidor: su nombre, sus fechas, su autoridad («ca_file» del destino para una propia) ({check})." } } },
    { OUTCOME_PROTOCOL, 0, 999, false, { {
        "something other than the function may answer at this address, or the connection was cut: check scheme and port of the URL, and proxies in between.",
        "autre chose que la fonction répond peut-être à cette adresse, ou la connexion a été coupée : vérifiez le schéma et le port de l’URL, et les proxys intermédiaires.",
        "quizá responda otra cosa en esa dirección, o se cortó la conexión: compruebe el esquema y el puerto de la URL, y los proxys intermedios." } } },
    { OUTCOME_TOO_LARGE, 0, 999, false, { {
        "the answer is longer than 10 MiB: let the function answer with a summary.",
        "la réponse dépasse 10 Mio : faites répondre la fonction par un résumé.",
        "la respuesta supera 10 MiB: haga que la función responda con un resumen." } } },
    { OUTCOME_BLOCKED, 0, 999, false, { {
        "the address is on a network that edgecron may not call: allow it in 'allow_private' of the target, if that is meant.",
        "l’adresse est sur un réseau qu’edgecron n’a pas le droit d’appeler : autorisez-la dans « allow_private » de la cible, si c’est voulu.",
        "la dirección está en una red a la que edgecron no puede llamar: permítala en «allow_private» del destino, si es lo que se quiere." } } },
    { OUTCOME_SECRET, 0, 999, true, { {
        "the secret '{secret}' is missing or cannot be used: set it (edgecron secret set {secret}).",
        "le secret « {secret} » manque ou est inutilisable : définissez-le (edgecron secret set {secret}).",
        "el secreto «{secret}» falta o no se puede usar: defínalo (edgecron secret set {secret})." } } },
    { OUTCOME_SECRET, 0, 999, false, { {
        "a secret that the call needs is missing or cannot be used: set it (edgecron secret set NAME, see the error for its name).",
        "un secret dont l’appel a besoin manque ou est inutilisable : définissez-le (edgecron secret set NOM, l’erreur donne son nom).",
        "falta un secreto que la llamada necesita, o no se puede usar: defínalo (edgecron secret set NOMBRE, el error dice cuál)." } } },
    { OUTCOME_INTERRUPTED, 0, 999, false, { {
        "edgecron was stopped or died in the middle of the call: check what the function did, then run the job by hand if need be.",
        "edgecron a été arrêté, ou s’est interrompu, au milieu de l’appel : vérifiez ce que la fonction a fait, puis lancez la tâche à la main si nécessaire.",
        "edgecron se detuvo o se interrumpió en medio de la llamada: compruebe qué hizo la función, y ejecute la tarea a mano si hace falta." } } },
};

static const struct phrase FAILURE_OTHER = { {
    "see the run: it shows what was sent and what came back.",
    "voyez l’exécution : elle montre ce qui a été envoyé et ce qui est revenu.",
    "vea la ejecución: muestra lo que se envió y lo que volvió." } };

static const struct phrase ADVICE[ALERT_ON_COUNT] = {
    [ALERT_MISSED] = { {
        "see why edgecron or the job’s target was not ready at that time; 'catch_up' of the job says how long a run may be caught up. Run the job by hand if it is still wanted.",
        "voyez pourquoi edgecron, ou la cible de la tâche, n’était pas prêt à cette heure ; « catch_up » de la tâche dit combien de temps une exécution peut être rattrapée. Lancez la tâche à la main si elle est encore utile.",
        "vea por qué edgecron, o el destino de la tarea, no estaba listo a esa hora; «catch_up» de la tarea dice cuánto tiempo se puede recuperar una ejecución. Ejecute la tarea a mano si aún hace falta." } },
    [ALERT_LATENESS] = { {
        "the target’s limits ('max_concurrent', 'rate') or a run before it hold it up: raise them, or spread the jobs over time ('jitter_s').",
        "les limites de la cible (« max_concurrent », « rate ») ou une exécution précédente la retiennent : augmentez-les, ou répartissez les tâches dans le temps (« jitter_s »).",
        "la retienen los límites del destino («max_concurrent», «rate») o una ejecución anterior: auméntelos, o reparta las tareas en el tiempo («jitter_s»)." } },
    [ALERT_DURATION] = { {
        "see in the function’s log what takes so long, or give it less to do at once; 'timeout_ms' of the job ends a call that takes too long.",
        "voyez dans le journal de la fonction ce qui prend tant de temps, ou donnez-lui moins à faire d’un coup ; « timeout_ms » de la tâche met fin à un appel trop long.",
        "mire en el registro de la función qué tarda tanto, o dele menos trabajo de una vez; «timeout_ms» de la tarea pone fin a una llamada demasiado larga." } },
    [ALERT_METRIC] = { {
        "see the answer of the run: it says what the function counted.",
        "voyez la réponse de l’exécution : elle dit ce que la fonction a compté.",
        "vea la respuesta de la ejecución: dice lo que contó la función." } },
    [ALERT_NO_SUCCESS] = { {
        "see the last runs of the job: whether they failed, were skipped, or whether it is paused or disabled.",
        "voyez les dernières exécutions de la tâche : si elles ont échoué ou ont été sautées, ou si elle est en pause ou désactivée.",
        "vea las últimas ejecuciones de la tarea: si fallaron o se omitieron, o si está en pausa o desactivada." } },
    [ALERT_SECRET_AGE] = { {
        "rotate it without a gap (edgecron secret rotate {name}), and put the new value where the functions read it; the old one stays valid for a while.",
        "faites la rotation sans coupure (edgecron secret rotate {name}), et mettez la nouvelle valeur là où les fonctions la lisent ; l’ancienne reste valable un temps.",
        "rótelo sin cortes (edgecron secret rotate {name}), y ponga el valor nuevo donde las funciones lo leen; el anterior vale durante un tiempo." } },
    [ALERT_CERTIFICATE] = { {
        "renew it on the server, and see why that did not happen by itself (edgecron doctor shows every certificate).",
        "renouvelez-le sur le serveur, et voyez pourquoi cela ne s’est pas fait tout seul (edgecron doctor montre chaque certificat).",
        "renuévelo en el servidor, y vea por qué no se hizo solo (edgecron doctor muestra cada certificado)." } },
    [ALERT_DISK] = { {
        "make room on that disk, or keep the history for a shorter time (edgecron settings). On a full disk no job is called.",
        "faites de la place sur ce disque, ou gardez l’historique moins longtemps (edgecron settings). Sur un disque plein, aucune tâche n’est appelée.",
        "haga sitio en ese disco, o guarde el historial menos tiempo (edgecron settings). Con el disco lleno no se llama a ninguna tarea." } },
    [ALERT_SEALED] = { {
        "put the file master.key back, or give its key to edgecron (edgecron doctor says more). Work goes on by itself.",
        "remettez le fichier master.key, ou donnez la clé à edgecron (edgecron doctor en dit plus). Le travail reprend de lui-même.",
        "devuelva el archivo master.key, o dé la clave a edgecron (edgecron doctor dice más). El trabajo continúa solo." } },
    [ALERT_CLOCK] = { {
        "check that the server’s clock is synchronised (NTP: timedatectl status).",
        "vérifiez que l’horloge du serveur est synchronisée (NTP : timedatectl status).",
        "compruebe que el reloj del servidor está sincronizado (NTP: timedatectl status)." } },
    [ALERT_OVERLOAD] = { {
        "raise the limits of the targets ('max_concurrent', 'rate') if they can bear it, or let jobs run less often.",
        "augmentez les limites des cibles (« max_concurrent », « rate ») si elles le supportent, ou exécutez les tâches moins souvent.",
        "aumente los límites de los destinos («max_concurrent», «rate») si lo soportan, o ejecute las tareas con menos frecuencia." } },
    [ALERT_BACKUP] = { {
        "check the folder of the backups: its space, its rights (edgecron doctor); make one by hand meanwhile (edgecron backup).",
        "vérifiez le dossier des sauvegardes : son espace, ses droits (edgecron doctor) ; faites-en une à la main en attendant (edgecron backup).",
        "compruebe la carpeta de las copias: su espacio, sus permisos (edgecron doctor); mientras tanto, haga una a mano (edgecron backup)." } },
    [ALERT_STORE] = { {
        "check the disk of the data: its space, its rights, its health (edgecron doctor, dmesg).",
        "vérifiez le disque des données : son espace, ses droits, son état (edgecron doctor, dmesg).",
        "compruebe el disco de los datos: su espacio, sus permisos, su estado (edgecron doctor, dmesg)." } },
};
/* clang-format on */

static const struct phrase *of_failure(const struct notice_item *i)
{
    bool secret = i->secret && *i->secret;
    for (size_t k = 0; k < MEM_COUNT(FAILURES); k++) {
        const struct advice *a = &FAILURES[k];
        if (a->outcome == i->outcome && i->http_status >= a->from && i->http_status <= a->to && (secret || !a->secret))
            return &a->text;
    }
    return &FAILURE_OTHER;
}

const struct phrase *notice_advice(const struct notice *n, const struct notice_item *i)
{
    if (n->kind == NOTICE_RECOVERED || n->kind == NOTICE_TEST || (unsigned)n->on >= ALERT_ON_COUNT)
        return NULL;
    return n->on == ALERT_FAILURE ? of_failure(i) : &ADVICE[n->on];
}

char *notice_bare_error(const struct notice *n, const struct notice_item *i, const char **ret_own)
{
    const char *error = i->error ? i->error : "";
    bool exact = false, failed = n->on == ALERT_FAILURE && i->outcome != OUTCOME_NONE && i->outcome != OUTCOME_OK;
    size_t at = failed ? verdict_advice(i->outcome, i->http_status, error, &exact) : strlen(error);
    if (ret_own && exact && error[at])
        *ret_own = error + at + 2;
    return mem_strndup(error, at);
}
