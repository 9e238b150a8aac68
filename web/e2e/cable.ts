import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from "node:net";

/** A way to a server that can be cut. */
export class Cable {
  private readonly open = new Set<Socket>();
  private broken = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(target: string): Promise<Cable> {
    const at = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const own = new URL(target);
    own.port = String((server.address() as AddressInfo).port);
    const cable = new Cable(server, own.href);
    server.on("connection", (near) => cable.join(near, Number(at.port), at.hostname));
    return cable;
  }

  private join(near: Socket, port: number, host: string): void {
    if (this.broken) {
      near.destroy();
      return;
    }
    const far = dial(port, host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  /** Cuts all connections, and lets none through for so many ms. */
  async cut(ms: number): Promise<void> {
    this.broken = true;
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.broken = false;
  }

  close(): void {
    this.server.close();
    for (const socket of this.open) socket.destroy();
  }
}
