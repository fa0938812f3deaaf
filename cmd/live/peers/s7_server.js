// An S7 controller: node-snap7 with one data block and flags.
const { createRequire } = require('module');
const snap7 = createRequire(process.argv[2] + '/node_modules/x.js')('node-snap7');
const s = new snap7.S7Server();
s.on('readWrite', (from, op, tag, buf, done) => done(buf));
if (!s.StartTo(process.argv[3])) { console.log(s.ErrorText(s.LastError())); process.exit(1); }
s.RegisterArea(s.srvAreaDB, 1, Buffer.alloc(256));
s.RegisterArea(s.srvAreaMK, Buffer.alloc(256));
console.log('listening');
