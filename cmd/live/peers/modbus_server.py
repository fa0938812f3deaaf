# A Modbus/TCP server: pymodbus, with the identity that its device identification tells.
import sys
from pymodbus.server import StartTcpServer
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.datastore import ModbusSequentialDataBlock as Block, ModbusSlaveContext, ModbusServerContext

identity = ModbusDeviceIdentification(info_name={'VendorName': 'Pymodbus', 'ProductCode': 'PM', 'MajorMinorRevision': '3.0.0', 'ProductName': 'Server', 'ModelName': 'M1'})
units = ModbusSlaveContext(di=Block(0, [1] * 200), co=Block(0, [0] * 200), hr=Block(0, list(range(200))), ir=Block(0, [7] * 200))
StartTcpServer(context=ModbusServerContext(slaves=units, single=True), identity=identity, address=(sys.argv[1], 502))
