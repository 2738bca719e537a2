import createClient from 'openapi-fetch';
import type { paths } from 'todo-api/openapi';

/** Adds a task, and says why when it cannot. */
export async function addTask(baseUrl: string, token: string, user: string, title: string) {
  const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const { data, error } = await api.POST('/api/{user_id}/tasks', {
    params: { path: { user_id: user }, header: { 'Idempotency-Key': crypto.randomUUID() } },
    body: { title },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data;
}
