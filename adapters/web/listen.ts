/** Opens a port, or says in one line why it cannot be had and what to set. */
import type { Server } from 'node:http';
import { RoundsError } from '../../models/errors.ts';

/** `variable`: the setting that names the port. */
export async function listen(server: Server, port: number, host: string, variable = 'PORT'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(mend(cause, host, port, variable)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function mend(cause: NodeJS.ErrnoException, host: string, port: number, variable: string): RoundsError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new RoundsError('port_in_use', `port ${port} is in use: stop the other program or set ${variable}`, {
        cause,
      });
    case 'EACCES':
      return new RoundsError('port_denied', `port ${port} may not be opened by this user: set ${variable} above 1023`, {
        cause,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new RoundsError('bad_host', `${host} is not an address of this machine: set HOST, for example 127.0.0.1`, {
        cause,
      });
    default:
      return new RoundsError('web_listen', `the web channel cannot listen on ${host}:${port}: ${cause.message}`, {
        cause,
      });
  }
}
