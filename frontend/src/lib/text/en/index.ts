// Every word that the window shows, a file a room. Sentence case, plain English, and a
// sentence about what to do next wherever something is missing. Placeholders stand in
// braces and are filled by fill() of lib/format.
import { activity } from './activity';
import { assessment } from './assessment';
import { certificates } from './certificates';
import { changes } from './changes';
import { areas, kinds, lifecycle, common } from './common';
import { guide } from './guide';
import { handover } from './handover';
import { overview } from './overview';
import { policies } from './policies';
import { reviews } from './reviews';
import { risks } from './risks';
import { runs } from './runs';
import { settings } from './settings';
import { palette, shell, rooms } from './shell';
import { standards } from './standards';
import { start } from './start';
import { todo } from './todo';
import { ui, chart, heat, score } from './ui';
import { verify } from './verify';
import { wizard } from './wizard';
import { workflows } from './workflows';

export const en = {
  app: 'Assay',
  ui,
  chart,
  heat,
  score,
  palette,
  shell,
  rooms,
  areas,
  start,
  kinds,
  lifecycle,
  common,
  overview,
  todo,
  workflows,
  policies,
  risks,
  assessment,
  runs,
  changes,
  guide,
  handover,
  wizard,
  reviews,
  standards,
  certificates,
  verify,
  activity,
  settings,
} as const;
