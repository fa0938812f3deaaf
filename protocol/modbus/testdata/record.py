#!/usr/bin/python3
"""Record conversations of real Modbus stacks into *.txt beside this file.

Server: pymodbus. Clients: pymodbus, mbpoll, nmap's modbus-discover. Between them stands a
relay that writes down what passes; nothing but the loopback is used, and no privilege.

    apt-get install python3-pymodbus python3-serial-asyncio mbpoll nmap
    ./record.py && (cd .. && go test . -update)
"""
import os, socket, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER, RELAY = 15020, 15021

if sys.argv[1:] == ["serve"]:
    from pymodbus.datastore import ModbusSequentialDataBlock as B, ModbusServerContext, ModbusSlaveContext
    from pymodbus.device import ModbusDeviceIdentification
    from pymodbus.server import StartTcpServer

    identity = ModbusDeviceIdentification(info_name={
        "VendorName": "Recorded", "ProductCode": "RC-1", "MajorMinorRevision": "1.4", "VendorUrl": "example.org",
        "ProductName": "Recorder", "ModelName": "RC", "UserApplicationName": "Cellar"})
    slave = ModbusSlaveContext(di=B(0, [1, 0, 1] * 60), co=B(0, [0] * 200), hr=B(0, list(range(200))), ir=B(0, [7] * 200))
    StartTcpServer(context=ModbusServerContext(slaves=slave, single=True), identity=identity, address=("127.0.0.1", SERVER))
    sys.exit()


def relay(lines, stop):
    """Pass connections on, one after the other, and note every piece that comes."""
    listener = socket.create_server(("127.0.0.1", RELAY))
    listener.settimeout(0.2)
    while not stop.is_set():
        try:
            client, _ = listener.accept()
        except TimeoutError:
            continue
        server = socket.create_connection(("127.0.0.1", SERVER))

        lines.append("# a connection")

        def copy(a, b, mark):
            try:
                while data := a.recv(65536):
                    lines.append(mark + " " + data.hex())
                    b.sendall(data)
            except OSError:
                pass
            try:
                b.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        both = [threading.Thread(target=copy, args=x) for x in ((client, server, ">"), (server, client, "<"))]
        for t in both:
            t.start()
        for t in both:
            t.join()
        client.close(), server.close()
    listener.close()


def record(name, what, run):
    peer = subprocess.Popen([sys.executable, os.path.abspath(__file__), "serve"])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", SERVER), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    lines, stop = [], threading.Event()
    t = threading.Thread(target=relay, args=(lines, stop))
    t.start()
    time.sleep(0.3)
    run()
    time.sleep(0.5)
    stop.set()
    t.join()
    peer.terminate(), peer.wait()
    while lines and lines[-1].startswith("#"):
        lines.pop()
    with open(os.path.join(HERE, name + ".txt"), "w") as f:
        f.write("# Recorded by record.py: %s\nlayer tcp\nclient 127.0.0.1:50000\nserver 127.0.0.1:502\n" % what)
        f.write("\n".join(lines) + "\n")


def pymodbus():
    from pymodbus.client import ModbusTcpClient
    from pymodbus import diag_message as D, file_message as F, other_message as O
    from pymodbus.mei_message import ReadDeviceInformationRequest

    c = ModbusTcpClient("127.0.0.1", port=RELAY, timeout=1)
    c.connect()
    u = {"slave": 1}
    c.read_coils(0, 8, **u), c.read_discrete_inputs(0, 9, **u)
    c.read_holding_registers(3, 4, **u), c.read_input_registers(0, 2, **u)
    c.write_coil(1, True, **u), c.write_register(1, 77, **u)
    c.write_coils(1, [True, False, True, True, True], **u), c.write_registers(1, [1, 2, 3], **u)
    c.readwrite_registers(read_address=1, read_count=3, write_address=1, write_registers=[9, 8], **u)
    c.mask_write_register(address=1, and_mask=0xFF, or_mask=1, **u)
    for code in (1, 2, 3):
        c.execute(ReadDeviceInformationRequest(read_code=code, object_id=0, unit=1))
    c.execute(D.ReturnQueryDataRequest(0x1234, unit=1)), c.execute(D.ReturnBusMessageCountRequest(unit=1))
    c.execute(D.ClearCountersRequest(unit=1)), c.execute(D.RestartCommunicationsOptionRequest(True, unit=1))
    c.execute(O.ReportSlaveIdRequest(unit=1)), c.execute(O.ReadExceptionStatusRequest(unit=1))
    c.execute(O.GetCommEventCounterRequest(unit=1)), c.execute(O.GetCommEventLogRequest(unit=1))
    c.execute(F.ReadFileRecordRequest([F.FileRecord(file_number=1, record_number=1, record_length=2)], unit=1))
    c.execute(F.ReadFifoQueueRequest(1, unit=1))
    c.read_holding_registers(60000, 8, **u)
    c.execute(D.ForceListenOnlyModeRequest(unit=1))
    c.close()


def shell(command):
    return lambda: subprocess.run(command.replace("PORT", str(RELAY)), shell=True, stdout=subprocess.DEVNULL, timeout=60)


record("pymodbus", "pymodbus 3.0.0 against itself.", pymodbus)
record("mbpoll", "mbpoll 1.4 against pymodbus 3.0.0.", shell(
    "mbpoll -m tcp -p PORT -a 1 -0 -r 2 -c 5 -1 127.0.0.1; mbpoll -m tcp -p PORT -a 1 -0 -r 4 -t 4 127.0.0.1 11 12;"
    "mbpoll -m tcp -p PORT -a 1 -0 -r 3 -t 0 127.0.0.1 1; mbpoll -m tcp -p PORT -a 1 -0 -r 0 -c 3 -t 3 -1 127.0.0.1"))
record("nmap", "nmap 7.93 modbus-discover against pymodbus 3.0.0.", shell(
    "nmap -Pn -n -sT -p PORT --script +modbus-discover 127.0.0.1"))
