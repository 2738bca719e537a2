// Generated from openapi/ by `npm run generate`. Do not edit.
import type { operations as Operations } from './openapi.d.ts';

/**
 * Every operation of the contract by its operationId. Header parameters are in lower case; `defaults`
 * names what the validator fills in when it is absent.
 */
export const operations = {
  listTasks: {
    method: 'get',
    path: '/api/{user_id}/tasks',
    public: false,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: ['limit', 'cursor', 'completed', 'sort'],
      header: ['if-none-match'],
    },
    defaults: {
      query: ['limit', 'sort'],
      body: [],
    },
  },
  createTask: {
    method: 'post',
    path: '/api/{user_id}/tasks',
    public: false,
    scopes: [],
    requestMediaTypes: ['application/json'],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: ['description', 'completed'],
    },
  },
  getTask: {
    method: 'get',
    path: '/api/{user_id}/tasks/{id}',
    public: false,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: [],
      header: ['if-none-match'],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  replaceTask: {
    method: 'put',
    path: '/api/{user_id}/tasks/{id}',
    public: false,
    scopes: [],
    requestMediaTypes: ['application/json'],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  updateTask: {
    method: 'patch',
    path: '/api/{user_id}/tasks/{id}',
    public: false,
    scopes: [],
    requestMediaTypes: ['application/merge-patch+json'],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  deleteTask: {
    method: 'delete',
    path: '/api/{user_id}/tasks/{id}',
    public: false,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  setTaskCompletion: {
    method: 'patch',
    path: '/api/{user_id}/tasks/{id}/complete',
    public: false,
    scopes: [],
    requestMediaTypes: ['application/json'],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  getHealth: {
    method: 'get',
    path: '/health',
    public: true,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  getLiveness: {
    method: 'get',
    path: '/livez',
    public: true,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
  getReadiness: {
    method: 'get',
    path: '/readyz',
    public: true,
    scopes: [],
    requestMediaTypes: [],
    parameters: {
      query: [],
      header: [],
    },
    defaults: {
      query: [],
      body: [],
    },
  },
} as const satisfies Record<keyof Operations, unknown>;
