// A GET with a value in its path, a check and a field that is read, as rich is
// for LoadForge.
import http from 'k6/http';
import { check } from 'k6';

export default function () {
  const id = Math.floor(Math.random() * 1000);
  const resp = http.get(`${__ENV.BASE}/items/${id}`, { tags: { name: '/items/{id}' } });
  check(resp, {
    'status is 200': (r) => r.status === 200,
    'item has a price': (r) => r.json('price') > 0,
  });
}
