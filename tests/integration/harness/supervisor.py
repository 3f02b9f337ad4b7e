"""What systemd is to a service, as far as it can be told apart from outside: a socket to be notified on, a watchdog that ends who is silent,
a store of descriptors that outlive a restart, sockets handed over. Standard input: a JSON object a line ({"do": "start"}, {"do": "signal",
"name": "SIGTERM"}, {"do": "end"}); standard output: what happens, a JSON object a line, with a time in seconds.

    supervisor.py SETTINGS    SETTINGS: {"command": [], "env": {}, "socket": "/path" or "@abstract", "watchdog_us": 0, "watchdog_pid": true,
                                      "listen": "127.0.0.1:PORT" for a socket as of a .socket unit, "store": true, "lag_ms": 0}
"""
import array, json, os, select, signal, socket, subprocess, sys, time

s = json.loads(sys.argv[1])
name = s["socket"]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("\0" + name[1:] if name[0] == "@" else name)
given, stored, child, ready, last = [], {}, None, False, 0.0
if s.get("listen"):
    host, port = s["listen"].rsplit(":", 1)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(64)
    given = [("edgecron.socket", listener.fileno())]


def tell(**what):
    print(json.dumps({"at": time.monotonic(), **what}), flush=True)


def start():
    global child, ready
    ready = False
    env = {**s["env"], "NOTIFY_SOCKET": name}
    handed = given + [(n, fd) for n, fds in stored.items() for fd in fds]
    if s.get("watchdog_us"):
        env["WATCHDOG_USEC"] = str(s["watchdog_us"])

    def before_exec():  # the pid is known here alone
        for i, (_, fd) in enumerate(handed):
            os.dup2(os.dup(fd), 100 + i)
        for i in range(len(handed)):
            os.dup2(100 + i, 3 + i)
        if handed:
            env.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(handed)), LISTEN_FDNAMES=":".join(n for n, _ in handed))
        if s.get("watchdog_us"):
            env["WATCHDOG_PID"] = str(os.getpid() if s.get("watchdog_pid", True) else 1)
        os.closerange(3 + len(handed), 1024)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execve(s["command"][0], s["command"], env)

    log = open(s["log"], "a")
    child = subprocess.Popen(["unused"], preexec_fn=before_exec, close_fds=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    tell(event="started", pid=child.pid, handed=[n for n, _ in handed])


def take(data, fds):
    global ready, last
    fields = dict(l.split("=", 1) for l in data.decode().split("\n") if "=" in l)
    if fields.get("READY") == "1":
        ready, last = True, time.monotonic()
    if fields.get("WATCHDOG") == "1":
        last = time.monotonic()
    if fields.get("FDSTORE") == "1" and s.get("store"):
        for fd in fds:
            stored.setdefault(fields.get("FDNAME", "stored"), []).append(os.dup(fd))
    if fields.get("FDSTOREREMOVE") == "1":
        time.sleep(s.get("lag_ms", 0) / 1000)  # systemd gets to it when it gets to it
        for fd in stored.pop(fields.get("FDNAME"), []):
            os.close(fd)
    for fd in fds:
        os.close(fd)
    tell(event="notify", fields=fields, fds=len(fds))


def obey(line):
    what = json.loads(line)
    if what["do"] == "start":
        s["command"] = what.get("command", s["command"])
        start()
    elif what["do"] == "signal":
        os.kill(child.pid, getattr(signal, what["name"]))
    elif what["do"] == "release":  # as when a service is stopped for good
        for fd in [fd for fds in stored.values() for fd in fds]:
            os.close(fd)
        stored.clear()
    else:
        sys.exit(0)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pending = b""
tell(event="supervises")
try:
    while True:
        readable, _, _ = select.select([notify, 0], [], [], 0.02)
        if notify in readable:
            data, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(64))
            fds = array.array("i")
            for _, _, content in ancillary:
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
            take(data, list(fds))
        if 0 in readable:
            got = os.read(0, 65536)
            if not got:
                break
            *lines, pending = (pending + got).split(b"\n")
            for line in lines:
                obey(line)
        if child and notify not in readable and child.poll() is not None:
            tell(event="exit", code=child.returncode)
            child = None
        if child and ready and s.get("watchdog_us") and time.monotonic() - last > s["watchdog_us"] / 1e6:
            tell(event="watchdog")
            ready = False
            child.send_signal(signal.SIGABRT)
finally:
    if child:
        child.kill()
    if name[0] != "@":
        os.unlink(name)
