# A Modbus/TCP client: pymodbus reads, writes, and asks the server who it is.
import sys
from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

client = ModbusTcpClient(sys.argv[1], port=502, source_address=(sys.argv[2], 0))
assert client.connect()
for answer in (client.read_holding_registers(0, 8, slave=1), client.read_coils(0, 8, slave=1), client.write_register(1, 77, slave=1),
               client.write_coils(1, [True] * 5, slave=1), client.execute(ReadDeviceInformationRequest(read_code=1, object_id=0, unit=1))):
    assert not answer.isError(), answer
client.close()
