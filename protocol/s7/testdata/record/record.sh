#!/bin/sh
# Records the conversations of peers.js anew, as NAME.txt in the folder above. It wants root
# (a network namespace of its own, port 102), npm, node, dumpcap and tshark, and a folder for
# the peers, into which node-snap7 and nodes7 are installed. What comes out differs in
# times and clock, so the golden files are to be looked at and written anew after it.
#
#	./record.sh /some/empty/folder
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:?a folder for the peers}
mkdir -p "$work"
cd "$work"
[ -d node_modules/node-snap7 ] || npm install --no-audit --no-fund node-snap7@1.0.9 nodes7@0.3.18
cp "$here/peers.js" .
space=davy-s7-record
ip netns add $space
trap 'ip netns del $space' EXIT
ip netns exec $space ip link set lo up
for name in variables controller panel; do
	rm -f "$name.pcap"
	ip netns exec $space dumpcap -q -P -i lo -f 'tcp port 102' -w "$PWD/$name.pcap" 2>/dev/null &
	dump=$!
	sleep 2
	timeout 60 ip netns exec $space node peers.js $name >/dev/null
	sleep 0.5
	kill -INT $dump
	wait $dump || true
	{
		echo "# Recorded from node-snap7 1.0.9 (server) and $([ $name = panel ] && echo "nodes7 0.3.18" || echo "node-snap7 1.0.9") (client) by record/record.sh."
		echo "layer tcp"
		echo "client 192.0.2.1:50000"
		echo "server 192.0.2.2:102"
		tshark -r "$name.pcap" -Y 'tcp.len > 0' -T fields -e tcp.dstport -e tcp.payload 2>/dev/null |
			awk '{ print ($1 == 102 ? "> " : "< ") $2 }'
	} >"$here/../$name.txt"
done
