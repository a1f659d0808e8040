/** What the API and its implementation share, and nobody else may use: it changes without notice. */
@NullMarked
package io.amqproxy.internal;

import org.jspecify.annotations.NullMarked;
