/** Starts the window: sign in with the code in the address if there is one, then draw the shell, or in a pane the page alone. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import { auth } from './lib/api/auth.svelte';
import { tellFirstFrame } from './lib/api/transport/tauri';
import { pane } from './lib/state/pane';
import App from './shell/App.svelte';
import PaneApp from './shell/pair/PaneApp.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app');
tellFirstFrame();
await auth.begin();
if (pane) mount(PaneApp, { target, props: { host: pane } });
else mount(App, { target });
