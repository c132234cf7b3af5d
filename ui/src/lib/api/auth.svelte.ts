/** A browser's way in: a one-time code in the address becomes a cookie and leaves the address. */
import { ApiError, inDesktop, onError, transport } from './client';
import { open } from './error';
import { HttpTransport } from './transport/http';

class Auth {
  /** True once any call was answered with "not signed in". */
  signedOut = $state(false);
  /** Why the code in the address was refused, if it was. */
  refused = $state<string | null>(null);

  constructor() {
    onError((error) => {
      if (error instanceof ApiError && (error.status === 401 || error.code === 'unauthorized'))
        this.signedOut = true;
    });
  }

  /** Exchanges the code in the address, if there is one. Runs before the first operation. */
  async begin(): Promise<void> {
    if (inDesktop) return;
    const address = new URL(location.href);
    const code = address.searchParams.get('code');
    if (!code) return;
    address.searchParams.delete('code');
    history.replaceState(history.state, '', address);
    try {
      const response = await fetch('/api/monitoring/auth/exchange', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
      open(await response.json(), 'auth/exchange', response.status);
      if (transport instanceof HttpTransport) transport.reset();
    } catch (error) {
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }
}

export const auth = new Auth();
