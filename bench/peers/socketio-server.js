// The reference server, over node's own HTTP.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { answer, settings } from "./events.js";

const http = createServer();
answer(new Server(http, settings));
http.listen(Number(process.env.PORT), "127.0.0.1");
