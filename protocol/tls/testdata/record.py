#!/usr/bin/env python3
"""Records conversations of OpenSSL's own client and server as NAME.txt, for the test suite.

A relay stands between the two and writes down what each side sends, in the order it came.
Run it in this folder; it needs the openssl command and leaves nothing else behind.
"""
import os, socket, subprocess, tempfile, threading, time

def record(name, about, server, client, text=b""):
    with tempfile.TemporaryDirectory() as folder:
        def certificate(file, subject):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-days", "3650", "-subj", subject, "-keyout", file + ".key", "-out", file + ".pem"],
                           cwd=folder, check=True, capture_output=True)
        certificate("server", "/C=GB/O=Example Works/CN=plc7.plant.example")
        certificate("client", "/O=Example Works/CN=eng-7")
        serving = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:34433", "-cert", "server.pem", "-key", "server.key",
                                    "-quiet"] + server, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        listener = socket.create_server(("127.0.0.1", 34434))
        asking = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:34434", "-servername", "plc7.plant.example"] + client,
                                  cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", 34433))
        lines, lock = [], threading.Lock()
        def relay(mark, a, b):
            try:
                while data := a.recv(65536):
                    with lock:
                        lines.append(mark + " " + data.hex())
                    b.sendall(data)
            except OSError:
                pass
            for s in (a, b):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        threads = [threading.Thread(target=relay, args=x) for x in ((">", near, far), ("<", far, near))]
        for t in threads:
            t.start()
        time.sleep(0.5)
        try:
            asking.stdin.write(text + b"Q\n")
            asking.stdin.close()
        except OSError:
            pass
        time.sleep(0.5)
        asking.kill(), serving.kill()
        for t in threads:
            t.join()
        listener.close()
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split(" (")[0].strip()
    with open(name + ".txt", "w") as out:
        out.write(f"# Recorded from {version} by record.py: {about}\nlayer tcp\nclient 192.0.2.1:50000\nserver 192.0.2.2:4433\n")
        out.write("\n".join(lines) + "\n")

os.chdir(os.path.dirname(os.path.abspath(__file__)))
record("tls12", "TLS 1.2, server's certificate", ["-tls1_2"], ["-tls1_2"], b"hello\n")
record("tls12-mutual", "TLS 1.2, both sides' certificates", ["-tls1_2", "-Verify", "1"], ["-tls1_2", "-cert", "client.pem", "-key", "client.key"], b"hello\n")
record("tls13", "TLS 1.3", ["-tls1_3"], ["-tls1_3"], b"hello\n")
record("refused", "a client that only speaks TLS 1.2 and a server that only speaks 1.3", ["-tls1_3"], ["-tls1_2"])
