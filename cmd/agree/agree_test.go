package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// sample are captures over all four protocols that take a minute together: of each what
// makes it different, up- and downloads, values of all kinds, writes, errors, copies by a
// mirror, several messages a frame, made-up and broken traffic.
var sample = []string{
	"ITI__ICS-Security-Tools/pcaps/EthernetIP/cip-multiple-1.pcap",
	"ITI__ICS-Security-Tools/pcaps/EthernetIP/cip_stop_plc.pcap",
	"ITI__ICS-Security-Tools/pcaps/EthernetIP/enip_test.pcap",
	"ITI__ICS-Security-Tools/pcaps/ModbusTCP/Modbus/modbus_test_2.pcap",
	"ITI__ICS-Security-Tools/pcaps/ModbusTCP/modbus_test_data_part1.pcap",
	"ITI__ICS-Security-Tools/pcaps/ModbusTCP/modbus_test_data_part2.pcap",
	"ITI__ICS-Security-Tools/pcaps/modicon/modicon_test.pcap",
	"ITI__ICS-Security-Tools/pcaps/openics/EIP-ChangeTimeAttempt.pcap",
	"ITI__ICS-Security-Tools/pcaps/openics/EIP-RebootorRestart.pcap",
	"ITI__ICS-Security-Tools/pcaps/openics/EIP-SoftwareUpload.pcap",
	"ITI__ICS-Security-Tools/pcaps/profinet/PROFINET-RT-DCP/ChangeIPUsingDCP.pcap",
	"ITI__ICS-Security-Tools/pcaps/profinet/PROFINET-RT-DCP/PROFINET-RT.pcap",
	"ITI__ICS-Security-Tools/pcaps/profinet/profinet-wireshark-bug.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/S7Comm/s7comm_clean.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/s7comm_reading_plc_status.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/s7comm_reading_setting_plc_time.pcap",
	"ITI__ICS-Security-Tools/pcaps/s7/step7_s300_download.pcapng",
	"ITI__ICS-Security-Tools/pcaps/s7/step7_s300_rwVarTab.pcapng",
	"ITI__ICS-Security-Tools/pcaps/s7/step7_s300_stop.pcapng",
	"ITI__ICS-Security-Tools/pcaps/s7/tia_s300_downloadHwConfig.pcapng",
	"ITI__ICS-Security-Tools/pcaps/s7/tia_s300_flashLed.pcapng",
	"ITI__ICS-Security-Tools/pcaps/s7/wincc_s400_production.pcapng",
	"Lemorn1__ICS-Traffic/databases/M221_flow/change_mode/attack_change_mode_1.pcap",
	"Lemorn1__ICS-Traffic/databases/M221_flow/download/a1.pcap",
	"Lemorn1__ICS-Traffic/databases/M340_flow/run2stop.pcap",
	"Lemorn1__ICS-Traffic/databases/M340_flow/upload1.pcap",
	"Lemorn1__ICS-Traffic/databases/Modbus_TCP/c1.pcap",
	"arkime__arkime/tests/pcap/arkime_synthetic.pcap",
	"cisagov__icsnpp-enip/tests/traces/enip_cip_example.pcap",
	"cisagov__icsnpp-modbus/testing/traces/modbus_example.pcap",
	"cisagov__icsnpp-profinet-io-cm/testing/traces/profinet_io_cm_mixed_1.pcap",
	"davy-peers/enip-opener.pcap",
	"davy-peers/modbus-node.pcap",
	"davy-peers/modbus-py.pcap",
	"davy-peers/s7.pcap",
	"davy-peers/scapy-l2.pcap",
	"ntop__nDPI/tests/cfgs/default/pcap/ethernetIP.pcap",
	"ntop__nDPI/tests/cfgs/default/pcap/s7comm.pcap",
	"tonylturner__cipdip/baseline_captures/baseline_io_adapter.pcap",
	"zeek__zeek/testing/btest/Traces/modbus/modbusSmall.pcap",
}

// TestSample holds the figures of the sample to the targets of the whole. What disagrees
// must have its cause written down here, too.
func TestSample(t *testing.T) {
	corpus := os.Getenv("DAVY_CORPUS")
	if corpus == "" {
		corpus = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(corpus, "captures.tsv")); err != nil {
		t.Skip("the corpus is absent: set DAVY_CORPUS")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is absent")
	}
	m, err := newMeasure(corpus, "")
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	results, err := m.all(sample)
	if err != nil {
		t.Fatal(err)
	}
	r := m.report(sample, results)
	for _, f := range r.failures(false) {
		t.Error(f)
	}
	for g, s := range r.sums {
		if s.both == 0 {
			t.Errorf("the sample has no frame of %s", groups[g].name)
		}
		t.Logf("%s: %d of %d frames, %d of %d messages, %d taken out", groups[g].name, s.both, s.union(), s.agreed, s.messages, s.excluded)
	}
	for what, o := range r.oracleSums() {
		if o[1] == 0 || share(o[0], o[1]) < leastOracle {
			t.Errorf("%d of %d of the oracles' %s are found", o[0], o[1], what)
		}
	}
}
