"""Waits for a TLS server that never answers: tls.py TRUTH [TIMEOUT]. With a timeout a socket waits in poll()."""

import json
import os
import socket
import ssl
import sys

SERVER = "db.example.com"

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
connection = socket.create_connection(listener.getsockname(), float(sys.argv[2]) if len(sys.argv) > 2 else None)
with open(sys.argv[1] + ".part", "w") as file:
    json.dump({"pid": os.getpid(), "server": SERVER, "threads": []}, file)
os.rename(sys.argv[1] + ".part", sys.argv[1])
ssl.create_default_context().wrap_socket(connection, server_hostname=SERVER)
