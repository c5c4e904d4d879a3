// The three events that every peer answers, as the benchmark's own server does.
export const settings = { pingInterval: 25000, pingTimeout: 20000, connectTimeout: 60000 };

export function answer(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (data, ack) => ack(data));
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("broadcast", (room, payload) => io.to(room).emit("event", payload));
  });
}
