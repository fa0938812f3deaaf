// Plays S7 conversations between peers that are not Davy's: the server and client of
// node-snap7 (Snap7) and the client nodes7. Run by record.sh; the argument names the
// conversation.
const snap7 = require('node-snap7');
const nodes7 = require('nodes7');
const host = '127.0.0.1';

const server = new snap7.S7Server();
server.on('readWrite', (sender, operation, tag, buffer, done) => done(buffer));
if (!server.StartTo(host)) throw new Error('the server does not start: port 102 wants root');
server.RegisterArea(server.srvAreaDB, 1, Buffer.alloc(256));
for (const area of [server.srvAreaMK, server.srvAreaPE, server.srvAreaPA, server.srvAreaTM, server.srvAreaCT])
  server.RegisterArea(area, Buffer.alloc(64));

const end = () => { server.Stop(); process.exit(0); };

async function snap7Client(steps) {
  const c = new snap7.S7Client();
  const call = (name, ...args) => new Promise(done => c[name](...args, (err, data) => done([err, data])));
  c.SetConnectionType(c.CONNTYPE_PG);
  await call('ConnectTo', host, 0, 2);
  for (const [name, ...args] of steps(c)) await call(name, ...args);
  c.Disconnect();
  end();
}

const conversations = {
  variables: () => snap7Client(c => [
    ['DBWrite', 1, 0, 8, Buffer.from('0011223344556677', 'hex')],
    ['DBRead', 1, 0, 8],
    ['MBWrite', 4, 2, Buffer.from([7, 8])],
    ['EBRead', 0, 3],
    ['ABWrite', 0, 1, Buffer.from([0x55])],
    ['TMRead', 0, 2],
    ['CTRead', 1, 1],
    ['WriteArea', c.S7AreaDB, 1, 3 * 8 + 1, 1, c.S7WLBit, Buffer.from([1])],
    ['ReadArea', c.S7AreaDB, 1, 10, 2, c.S7WLReal],
    ['WriteArea', c.S7AreaMK, 0, 20, 1, c.S7WLDWord, Buffer.from('0001e240', 'hex')],
    ['ReadMultiVars', [
      { Area: c.S7AreaDB, WordLen: c.S7WLByte, DBNumber: 1, Start: 0, Amount: 3 },
      { Area: c.S7AreaMK, WordLen: c.S7WLWord, DBNumber: 0, Start: 4, Amount: 1 },
      { Area: c.S7AreaDB, WordLen: c.S7WLByte, DBNumber: 99, Start: 0, Amount: 4 },
    ]],
    ['WriteMultiVars', [
      { Area: c.S7AreaDB, WordLen: c.S7WLByte, DBNumber: 1, Start: 40, Amount: 1, Data: Buffer.from([9]) },
      { Area: c.S7AreaDB, WordLen: c.S7WLWord, DBNumber: 1, Start: 42, Amount: 1, Data: Buffer.from([1, 2]) },
    ]],
    ['DBRead', 99, 0, 8],
  ]),
  controller: () => snap7Client(c => [
    ['GetOrderCode'], ['GetCpuInfo'], ['GetCpInfo'], ['ReadSZL', 0x0000, 0], ['PlcStatus'], ['GetProtection'],
    ['ListBlocks'], ['ListBlocksOfType', c.Block_DB], ['GetAgBlockInfo', c.Block_DB, 1],
    ['GetPlcDateTime'], ['SetPlcDateTime', { year: 2021, month: 3, day: 4, hours: 5, minutes: 6, seconds: 7 }],
    ['SetSessionPassword', 'SESAME'], ['ClearSessionPassword'],
    ['PlcStop'], ['PlcStatus'], ['PlcHotStart'], ['PlcColdStart'], ['CopyRamToRom', 3000], ['Compress', 3000],
    ['FullUpload', c.Block_OB, 1, 65536], ['Delete', c.Block_DB, 1],
  ]),
  panel: () => {
    const n = new nodes7({ silent: true });
    n.initiateConnection({ port: 102, host, rack: 0, slot: 2, timeout: 3000 }, err => {
      if (err) throw err;
      const tags = { level: 'DB1,INT0', speed: 'DB1,REAL8', run: 'DB1,X3.1', count: 'MDI4', lamp: 'Q0.1', word: 'DB1,W12.3' };
      n.setTranslationCB(tag => tags[tag]);
      n.addItems(Object.keys(tags));
      n.readAllItems(() => n.writeItems(['level', 'speed', 'run'], [-42, 1.5, true], () =>
        setTimeout(() => n.readAllItems(() => n.dropConnection(end)), 300)));
    });
  },
};
conversations[process.argv[2]]();
