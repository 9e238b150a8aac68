// One GET, as plain is for LoadForge; THINK is the mean pause in seconds.
import http from 'k6/http';
import { sleep } from 'k6';

const think = Number(__ENV.THINK || 0);

export default function () {
  http.get(__ENV.URL);
  if (think > 0) {
    sleep(think * (0.5 + Math.random()));
  }
}
