// S7 clients: node-snap7 as an engineering station that reads, writes, identifies, stops and
// starts the controller; then nodes7 as a panel.
const { createRequire } = require('module');
const req = createRequire(process.argv[2] + '/node_modules/x.js'), host = process.argv[3];
const snap7 = req('node-snap7'), c = new snap7.S7Client();
const fail = what => err => { if (err) { console.log(what, err); process.exit(1); } };
const ask = (name, ...args) => new Promise(done => c[name](...args, err => { fail(name)(err && c.ErrorText(err)); done(); }));
c.SetConnectionType(c.CONNTYPE_PG);
c.ConnectTo(host, 0, 2, async err => {
  fail('connect')(err);
  await ask('DBWrite', 1, 0, 16, Buffer.alloc(16, 5)); await ask('DBRead', 1, 0, 32); await ask('GetOrderCode'); await ask('GetCpuInfo');
  await ask('PlcStop'); await ask('PlcHotStart');
  c.Disconnect();
  const nodes7 = req('nodes7'), n = new nodes7({ silent: true }), tags = { A: 'DB1,INT0', B: 'MR4', C: 'DB1,X3.1' };
  n.initiateConnection({ port: 102, host, rack: 0, slot: 2, timeout: 3000 }, err => {
    fail('nodes7')(err);
    n.setTranslationCB(t => tags[t]); n.addItems(Object.keys(tags));
    n.readAllItems(err => { fail('read')(err); n.writeItems(['A', 'C'], [42, true], err => { fail('write')(err); n.dropConnection(() => process.exit(0)); }); });
  });
});
