// What Node.js says of servers' chains: one line of tab-separated fields in, one out.
//
//   in    id, a port of 127.0.0.1, name, "-", file of the chain, of the anchors
//   out   id, "accepts" or "refuses", the error's code and message

'use strict';
const fs = require('fs');
const net = require('net');
const readline = require('readline');
const tls = require('tls');

function ask([id, port, name, , , anchors]) {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port: Number(port),
      ca: fs.readFileSync(anchors),
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(name, certificate),
    };
    if (!net.isIP(name)) options.servername = name;
    const say = (text) => resolve(`${id}\t${text.replace(/\n/g, ' ')}`);
    try {
      const socket = tls.connect(options, () => {
        say('accepts\t');
        socket.destroy();
      });
      socket.on('error', (error) => say(`refuses\t${error.code} ${error.message}`));
    } catch (error) {
      say(`refuses\t${error.code} ${error.message}`);
    }
  });
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin}))
    console.log(await ask(line.split('\t')));
})();
