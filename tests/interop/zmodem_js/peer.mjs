// A terminal with zmodem.js in it, as ttyd and Tabby are: the Sentry watches all that arrives, and what it detects is
// confirmed at once. Standard input and output are the line.
//
//     node peer.mjs receive DIR [MOST]     of a file of more than MOST bytes it wants no more, and skips the rest
//     node peer.mjs send FILE...
//
// It ends with 0 where every file went over and the session was closed, else with 1 and a line on standard error.

import { once } from "node:events";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import Zmodem from "zmodem.js";

const PIECE = 64 * 1024; // bytes handed over at once, as a browser reads a file
const { stdin, stdout, stderr } = process;
const [role, ...places] = process.argv.slice(2);
const unwanted = [];
let session;
let over = false;

// The library tells a browser's console what it does; here that would be the line.
for (const way of ["debug", "error", "info", "log", "trace", "warn"]) {
  console[way] = () => {};
}

function end(error) {
  if (over) return;
  over = true;
  if (error !== undefined) stderr.write(`${String(error.message ?? error).replace(/\s+/g, " ").slice(0, 300)}\n`);
  stdout.write("", () => process.exit(error === undefined ? 0 : 1)); // once all before it is written
}

function giveUp(error) {
  if (session !== undefined && !session.has_ended()) session.abort();
  end(error);
}

function take(offer, folder, most = Infinity) {
  const { name, mtime } = offer.get_details();
  const path = join(folder, basename(name));
  if (existsSync(path)) {
    unwanted.push(name);
    offer.skip();
    return;
  }
  const keep = (pieces) => {
    writeFileSync(path, Buffer.concat(pieces));
    if (mtime) utimesSync(path, mtime, mtime);
  };
  let enough = false;
  offer.on("input", () => {
    if (enough || offer.get_offset() <= most) return;
    enough = true;
    unwanted.push(name);
    offer.skip();
  });
  offer.accept().then(keep).catch(giveUp);
}

async function receive(folder, most) {
  session.on("offer", (offer) => take(offer, folder, most));
  const ended = new Promise((resolve) => session.on("session_end", resolve));
  await session.start();
  await ended;
}

async function send(paths) {
  let left = paths.length;
  for (const path of paths) {
    const { size, mtime } = statSync(path);
    const transfer = await session.send_offer({ name: basename(path), size, mtime, files_remaining: left-- });
    if (transfer === undefined) unwanted.push(path);
    else await copy(readFileSync(path), transfer);
  }
  await session.close();
}

async function copy(content, transfer) {
  let at = 0;
  for (; at + PIECE < content.length; at += PIECE) {
    transfer.send(content.subarray(at, at + PIECE));
    if (stdout.writableNeedDrain) await once(stdout, "drain");
  }
  await transfer.end(content.subarray(at));
}

async function act() {
  await (role === "send" ? send(places) : receive(places[0], Number(places[1] ?? Infinity)));
  if (unwanted.length > 0) throw new Error(`not wanted: ${unwanted.join(", ")}`);
}

const sentry = new Zmodem.Sentry({
  to_terminal: () => {},
  on_retract: () => {},
  on_detect: (detection) => {
    if (detection.get_session_role() !== role) {
      end(`the other side wants to ${role} too`);
      return;
    }
    session = detection.confirm();
    act().then(() => end(), giveUp);
  },
  sender: (octets) => stdout.write(Uint8Array.from(octets)),
});

stdin.on("data", (data) => {
  if (over) return;
  try {
    sentry.consume(data);
  } catch (error) {
    giveUp(error);
  }
});
stdin.on("end", () => end("the other side hung up"));
stdin.on("error", end);
stdout.on("error", end);
