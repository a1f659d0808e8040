package io.amqproxy.benchmark;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** How many bytes the selector loops of another JVM have allocated. */
final class Allocations implements AutoCloseable {

    /** Part of the names of the proxy's threads that serve connections. */
    private static final String LOOP = "-loop-";

    private final JMXConnector connector;
    private final ThreadMXBean threads;

    private Allocations(JMXConnector connector) throws IOException {
        this.connector = connector;
        threads = ManagementFactory.newPlatformMXBeanProxy(
                connector.getMBeanServerConnection(), ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    }

    /** Attaches to a JVM, which needs more memory from then on. */
    static Allocations of(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return new Allocations(
                        JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException(e);
        }
    }

    /** Of all loops together, since they began. */
    long bytes() throws IOException {
        long bytes = 0;
        int loops = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().contains(LOOP)) {
                bytes += threads.getThreadAllocatedBytes(thread.getThreadId());
                loops++;
            }
        }
        if (loops == 0) {
            throw new IOException("The program has no threads that are called " + LOOP);
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
