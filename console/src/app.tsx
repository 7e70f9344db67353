// The frame around the pages, and which page stands for which path.
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';

import { Link, Route, Switch, useLocation } from 'wouter-preact';
import { Activity, BookOpen, Bot, HelpCircle, Inbox, KeyRound, LogOut, Menu, Monitor, Moon, Phone, Radio, Send, Settings, Sun, type LucideIcon } from 'lucide-preact';
import icon from './icon.svg';
import { Finder } from './finder';
import { liveState } from './live';
import { Login } from './pages/login';
import { Overview } from './pages/overview';
import { logOut, readSession, session } from './session';
import { setTheme, theme, type Theme } from './theme';
import { Empty, Page, Problem, Toasts } from './ui';

const Calls = lazy(() => import('./pages/calls').then((m) => m.Calls));
const CallPage = lazy(() => import('./pages/call').then((m) => m.CallPage));
const Deliveries = lazy(() => import('./pages/deliveries').then((m) => m.Deliveries));
const AttemptPage = lazy(() => import('./pages/attempt').then((m) => m.AttemptPage));
const Endpoints = lazy(() => import('./pages/endpoints').then((m) => m.Endpoints));
const EndpointPage = lazy(() => import('./pages/endpoint').then((m) => m.EndpointPage));
const Inboxes = lazy(() => import('./pages/inboxes').then((m) => m.Inboxes));
const InboxPage = lazy(() => import('./pages/inbox').then((m) => m.InboxPage));
const Secrets = lazy(() => import('./pages/secrets').then((m) => m.Secrets));
const Agents = lazy(() => import('./pages/agents').then((m) => m.Agents));
const AgentPage = lazy(() => import('./pages/agent').then((m) => m.AgentPage));
const Actions = lazy(() => import('./pages/actions').then((m) => m.Actions));
const ActionPage = lazy(() => import('./pages/action').then((m) => m.ActionPage));
const SettingsPage = lazy(() => import('./pages/settings').then((m) => m.SettingsPage));

type NavEntry = [href: string, title: string, icon: LucideIcon];

const groups: [string, NavEntry[]][] = [
  [
    '',
    [
      ['/', 'Overview', Activity],
      ['/calls', 'Calls', Phone],
      ['/deliveries', 'Deliveries', Send],
    ],
  ],
  [
    'Receivers',
    [
      ['/endpoints', 'Endpoints', Radio],
      ['/inboxes', 'Inboxes', Inbox],
      ['/secrets', 'Secrets', KeyRound],
    ],
  ],
  [
    'Set-up',
    [
      ['/agents', 'Agents', Bot],
      ['/actions', 'Actions', HelpCircle],
      ['/settings', 'Settings', Settings],
    ],
  ],
];

function Nav({ path, onGo }: { path: string; onGo: () => void }) {
  return (
    <nav class="nav" aria-label="Pages">
      {groups.map(([name, entries]) => (
        <div key={name}>
          {name && <div class="nav-group">{name}</div>}
          {entries.map(([href, title, Icon]) => {
            const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
            return (
              <Link href={href} aria-current={here ? 'page' : undefined} onClick={onGo}>
                <Icon size={16} aria-hidden />
                {title}
              </Link>
            );
          })}
        </div>
      ))}
    </nav>
  );
}

const themes: Record<Theme, [Theme, string, LucideIcon]> = {
  system: ['light', 'Theme: system', Monitor],
  light: ['dark', 'Theme: light', Sun],
  dark: ['system', 'Theme: dark', Moon],
};

function ThemeButton() {
  const [next, title, Icon] = themes[theme.value];
  return (
    <button type="button" onClick={() => setTheme(next)}>
      <Icon size={16} aria-hidden />
      {title}
    </button>
  );
}

const liveWords = { connecting: 'Connecting…', on: 'Live', off: 'Reconnecting…' };

function Shell() {
  const [path] = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [path]);
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <aside class={`side ${open ? 'open' : ''}`} aria-label="Navigation">
        <Link class="brand" href="/" onClick={() => setOpen(false)}>
          <img src={icon} alt="" /> wrapup
        </Link>
        <Nav path={path} onGo={() => setOpen(false)} />
        <div class="side-foot">
          <a href="/docs">
            <BookOpen size={16} aria-hidden />
            Documentation
          </a>
          <ThemeButton />
          <button type="button" onClick={() => void logOut()}>
            <LogOut size={16} aria-hidden />
            Log out
          </button>
        </div>
      </aside>
      {open && <button type="button" class="veil" aria-label="Close the menu" onClick={() => setOpen(false)} />}
      <div>
        <header class="top">
          <button type="button" class="button plain icon menu-button" aria-label="Menu" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Menu size={18} aria-hidden />
          </button>
          <Finder />
          <span class={`live ${liveState.value}`} role="status">
            <span class="words">{liveWords[liveState.value]}</span>
          </span>
        </header>
        <Suspense fallback={<main class="page" />}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/calls" component={Calls} />
            <Route path="/calls/:id">{(params) => <CallPage id={params.id} key={params.id} />}</Route>
            <Route path="/deliveries" component={Deliveries} />
            <Route path="/deliveries/:id">{(params) => <AttemptPage id={params.id} key={params.id} />}</Route>
            <Route path="/endpoints" component={Endpoints} />
            <Route path="/endpoints/:id">{(params) => <EndpointPage id={params.id} key={params.id} />}</Route>
            <Route path="/inboxes" component={Inboxes} />
            <Route path="/inboxes/:token">{(params) => <InboxPage token={params.token} key={params.token} />}</Route>
            <Route path="/secrets" component={Secrets} />
            <Route path="/agents" component={Agents} />
            <Route path="/agents/:id">{(params) => <AgentPage id={params.id} key={params.id} />}</Route>
            <Route path="/actions" component={Actions} />
            <Route path="/actions/:id">{(params) => <ActionPage id={params.id} key={params.id} />}</Route>
            <Route path="/settings" component={SettingsPage} />
            <Route>
              <Page title="There is no such page">
                <Empty title="Nothing stands at this address">
                  <p>
                    Paste an id into the search box above, or go to the <Link href="/">overview</Link>.
                  </p>
                </Empty>
              </Page>
            </Route>
          </Switch>
        </Suspense>
      </div>
      <Toasts />
    </div>
  );
}

export function App() {
  const [error, setError] = useState<Error>();
  useEffect(() => {
    readSession().catch(setError);
  }, []);
  if (session.value) return <Shell />;
  if (session.value === null) return <Login problem={error && <Problem error={error} />} />;
  return null;
}
