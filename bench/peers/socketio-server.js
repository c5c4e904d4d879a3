// The reference server with the same three events as the benchmark's own.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { pingInterval: 25000, pingTimeout: 20000, connectTimeout: 60000 });
io.on("connection", (socket) => {
  socket.on("echo", (data, ack) => ack(data));
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack();
  });
  socket.on("broadcast", (room, payload) => io.to(room).emit("event", payload));
});
http.listen(Number(process.env.PORT), "127.0.0.1");
