// Free TCP ports on loopback. The kernel may name a port again that nobody listens on yet: none is given out twice by one process.
import { createServer } from "node:net";

const given = new Set();

function anyPort() {
  return new Promise((resolve, reject) => {
    const s = createServer().once("error", reject);
    s.listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}
export async function freePort() {
  for (;;) {
    const port = await anyPort();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
