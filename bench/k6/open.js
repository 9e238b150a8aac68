// One GET for each of the arrivals that RATE asks for every second.
import http from 'k6/http';

export const options = {
  scenarios: {
    open: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: __ENV.DURATION,
      preAllocatedVUs: 200,
      maxVUs: 1000,
    },
  },
};

export default function () {
  http.get(__ENV.URL);
}
