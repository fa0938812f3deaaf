#!/bin/sh
# Make captures of a recorded conversation by the programs that people use, one in each form
# they write: what the fuzzer begins with.
#
#     apt-get install tshark zstd
set -eu
cd "$(dirname "$0")"
text=$(mktemp) made=$(mktemp)
trap 'rm -f "$text" "$made"' EXIT
grep -h '^[<>]' ../../protocol/modbus/testdata/pymodbus.txt | head -12 | while read -r way hex; do
	[ "$way" = '>' ] && echo I || echo O
	printf '000000 %s\n' "$(echo "$hex" | sed 's/ //g; s/../& /g')"
done >"$text"
text2pcap -q -D -T 50000,502 -4 192.0.2.1,192.0.2.2 "$text" "$made"
for form in pcap nsecpcap modpcap pcapng; do
	editcap -F $form "$made" "$form"
done
editcap -F pcapng -s 50 -a 3:remark --capture-comment 'a section' "$made" comments.pcapng
mergecap -F pcapng -I none -w interfaces.pcapng pcap pcapng
gzip -9nkf pcap
zstd -q -f pcapng
