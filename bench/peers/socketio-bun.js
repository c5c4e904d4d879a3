// The reference server over Bun's own HTTP and WebSockets; runs in Bun, not in node.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { answer, settings } from "./events.js";

const engine = new Engine({ ...settings, path: "/socket.io/" });
const io = new Server(settings);
io.bind(engine);
answer(io);
Bun.serve({ hostname: "127.0.0.1", port: Number(process.env.PORT), ...engine.handler() });
