/** The Python program that serves graphite-web to this machine: Debian's package leaves that to Apache or another. */

/** Takes nothing; prints `listening on <port>` when it does, on a free port of loopback. */
export const WEB_PROGRAM = `
import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "graphite.settings"
os.environ["GRAPHITE_SETTINGS_MODULE"] = "local_settings"

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

STATIC = "/usr/share/graphite-web/static"

application = get_wsgi_application()
# Tables of users and saved graphs, without which its pages do not open.
call_command("migrate", run_syncdb=True, verbosity=0)
if os.path.isdir(STATIC):
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    settings.STATICFILES_DIRS = [STATIC]
    application = StaticFilesHandler(application)
# Loaded now, not with the first question.
from graphite.render import views  # noqa: F401


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass

    def address_string(self):
        return self.client_address[0]


server = make_server("127.0.0.1", int(sys.argv[1]), application, Server, Quiet)
print("listening on %d" % server.server_port, flush=True)
server.serve_forever()
`;
