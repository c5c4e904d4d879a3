// The reference server over uWebSockets.js, for Node 20: the version whose binary the package carries.
import uws from "@trufflesuite/uws-js-unofficial";
import { Server } from "socket.io";
import { answer, settings } from "./events.js";

const app = uws.App();
const io = new Server(settings);
io.attachApp(app);
answer(io);
app.listen("127.0.0.1", Number(process.env.PORT), (listening) => {
  if (!listening)
    process.exit(1);
});
